"""How a dataset was built: the rows that each step kept, what a writer cost, and the drafts that were dropped."""

from __future__ import annotations

from collections.abc import Sequence

from reports.blocks import Block, Cell, Code, Fold, Grid, Prose
from vlitqa.algorithms.counted import counted
from vlitqa.results.building import COUNTED_AS, BuildCost, BuildResult, BuildTopics
from vlitqa.runs.finished import FinishedRun

title = "How the data was built"
_DROPPED_OF_A_CODE = 3
"""Dropped drafts of each fault that are shown."""
_LONGEST_CONTENT = 1_000


def build(run: FinishedRun) -> Sequence[Block]:
    """The steps of the build; nothing for data that `vlitqa build` did not make."""
    result = run.build
    if result is None:
        return []
    blocks: list[Block] = [Prose(_summary(result)), _drafts(result), Grid("the build", ("", ""), tuple(_facts(result)))]
    blocks.append(Grid("what the rows are", ("", COUNTED_AS[result.strategy]), tuple(result.tasks.items())))
    blocks.append(_licences(result))
    sources = tuple(
        (source.name, source.licence or "none given", source.file or "drawn", Code(source.sha256[:16]), source.unplaced)
        for source in result.sources
    )
    columns = ("annotations", "licence", "file", "SHA-256", "of unknown images")
    blocks.append(Fold("sources", (Grid("", columns, sources),)))
    if dropped := run.dropped_drafts(_DROPPED_OF_A_CODE):
        lines = tuple((draft.code, draft.detail, Code(draft.id), draft.content[:_LONGEST_CONTENT]) for draft in dropped)
        drafts = Grid("", ("dropped for", "where", "id", "as it came"), lines)
        blocks.append(Fold(f"dropped drafts, at most {_DROPPED_OF_A_CODE} of each fault", (drafts,)))
    return blocks


def _summary(result: BuildResult) -> str:
    sources, images = counted(len(result.sources), "dataset"), counted(result.images, "annotated image")
    made_of = images if result.images else sources
    stopped = f" It stopped early: {result.stopped}" if result.stopped else ""
    return (
        f"{counted(result.rows, 'row')} of {counted(result.drafted, 'draft')}, made by {result.strategy} of {made_of}."
        f"{stopped} `vlitqa build RUN --explain ID` tells the way of one row."
    )


def _drafts(result: BuildResult) -> Grid:
    """All drafts: the rows that were kept, and those that were dropped by cause."""
    lines = (("kept", result.rows), *((f"dropped for {code}", rows) for code, rows in result.faulty.items()))
    return Grid("what became of the drafts", ("", "drafts"), lines)


def _facts(result: BuildResult) -> Sequence[tuple[str, Cell]]:
    off = [name for name, follows in result.principles.items() if not follows]
    controlled = ", ".join(f"{rule} dropped {rows:,}" for rule, rows in result.controlled.items())
    facts: dict[str, Cell] = {
        "strategy": result.strategy,
        "recipe": Code(result.recipe[:16]),
        "principles switched off": ", ".join(off) or "none",
        **({"quality control": controlled} if controlled else {}),
        **(_topic_facts(result.topics) if result.topics else {}),
        **({"examples": _relaxed(result)} if result.relaxed else {}),
        **(_cost_facts(result.cost) if result.cost else {}),
    }
    return list(facts.items())


def _topic_facts(topics: BuildTopics) -> dict[str, Cell]:
    least = "" if topics.threshold is None else f" (a matching degree under {topics.threshold:.1f})"
    reasons = (
        f"{topics.unopened:,} cannot be opened",
        f"{topics.unfitting:,} do not fit their caption{least}",
        f"{topics.left_out:,} belong to no large topic",
    )
    return {
        "images left out": ", ".join(reasons),
        "topics": f"{topics.topics:,} of {counted(topics.clusters, 'cluster')}",
    }


def _relaxed(result: BuildResult) -> str:
    """The conditions that no three examples of the pool kept."""
    return ", ".join(f"{rows:,} drafts gave up the condition: {name}" for name, rows in result.relaxed.items())


def _cost_facts(cost: BuildCost) -> dict[str, Cell]:
    tokens = f"{cost.prompt_tokens:,} of prompts, {cost.reply_tokens:,} of replies"
    return {
        "writer": cost.writer,
        "replies paid for": f"{cost.replies:,}",
        "tokens": f"{tokens}, estimated" if cost.is_estimate else tokens,
        "money, by your prices": "no prices given" if cost.money is None else f"{cost.money:,.4f}",
    }


def _licences(result: BuildResult) -> Grid:
    """Rows by licence: whoever uses the data keeps to all of them."""
    lines = [*result.licences.items(), *([("none given for a part", result.unlicensed)] if result.unlicensed else [])]
    return Grid("licences of images and annotations", ("licence", "rows"), tuple(lines))
