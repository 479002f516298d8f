"""How far the judge can be trusted on these data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from reports.blocks import Block, Cell, Grid, Notice, Prose
from reports.cells import value_cell
from reports.chart_blocks import Bars
from reports.units import interval_of
from vlitqa.algorithms.counted import counted
from vlitqa.catalogue import card_of
from vlitqa.results import Scored
from vlitqa.results.faults import WARNING
from vlitqa.runs.finished import FinishedRun

title = "Judge"
_JUDGES = frozenset(("judge", "critic"))
"""Kinds of tools that judge."""
_HEALTH = (
    "agreement of votes",
    "sensitivity of the judge",
    "specificity of the judge",
    "chance of correct",
    "correct with blank images",
)


def build(run: FinishedRun) -> Sequence[Block]:
    """The judges that were asked, and their figures."""
    judged = [scored for scored in run.card.scored if _is_judged(scored.metric)]
    if not judged:
        return []
    rows: list[tuple[Cell, ...]] = [
        (
            scored.metric,
            figure.name,
            value_cell(scored.metric, figure),
            interval_of(scored.metric, figure),
            figure.measured,
        )
        for scored in judged
        for figure in scored.summary.figures
        if figure.name in _HEALTH
    ]
    tools = {f"{kind}": name for scored in judged for kind, name in scored.provenance.get("tools", {}).items()}
    suspicious = {scored.metric: scored.summary.counts.get("suspicious turns", 0) for scored in judged}
    sentences = " ".join(
        f"{counted(count, 'turn')} may address the judge ({metric})." for metric, count in suspicious.items() if count
    )
    doubts = dict.fromkeys(figure.doubt for scored in judged for figure in scored.summary.figures if figure.doubt)
    blocks: list[Block] = [Notice(f"{doubt[:1].upper()}{doubt[1:]}.", WARNING) for doubt in doubts]
    if tools:
        blocks.append(Grid("judges", ("tool", "fingerprint"), tuple(tools.items())))
    if rows:
        blocks.append(
            Grid(
                "agreement and error rates of the judge",
                ("metric", "figure", "value", "95 % interval", "measured"),
                tuple(rows),
            )
        )
    blocks.append(_statuses(run, judged))
    absent = [scored for scored in judged if not scored.provenance.get("tools")]
    why_none = (f"{scored.metric}: {figure.reason}" for scored in absent for figure in scored.summary.figures[:1])
    return [*blocks, *(Prose(sentence) for sentence in (sentences, *why_none) if sentence)]


def _statuses(run: FinishedRun, judged: Sequence[Scored]) -> Bars:
    counts = Counter(
        f"{scored.metric}: {status.replace('_', ' ')}"
        for scored in judged
        for status in run.column(scored.metric, "status")
    )
    bars = tuple((name, float(count)) for name, count in counts.most_common())
    return Bars("records by the status of their judgement", bars, "records")


def _is_judged(metric: str) -> bool:
    card = card_of(metric)
    return card is not None and not _JUDGES.isdisjoint(card.tools)
