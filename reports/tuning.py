"""The page of a tuning: how its loss fell, what it learned from, and what the model answered before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path

from reports.blocks import Block, Cell, Code, Fold, Grid, Tile, Tiles
from reports.chart_blocks import Curve
from reports.numbers import number
from reports.page import Chapter, Page, render_page, write_page
from vlitqa.algorithms.thinning import thin_points
from vlitqa.results.tuning import TuningResult, TuningStep

_POINTS = 200
"""The most points of a curve; each is the mean of neighbouring steps."""
_SMOOTHED = 0.05
"""The share of the steps over which the smooth line of the loss is a mean."""


def write_tuning_page(result: TuningResult, target: Path) -> Path:
    """Draws the page of a finished tuning."""
    return write_page(target, render_page(tuning_page(result)))


def tuning_page(result: TuningResult) -> Page:
    """The page of a tuning."""
    facts = (result.stage, result.source, result.dataset_digest[:12], f"seed {result.seed}", result.device)
    chapters = (
        Chapter("outcome", "Outcome", (_tiles(result), *_notes(result))),
        Chapter("learning", "Learning", tuple(_curves(result.steps))),
        Chapter("answers", "Answers before and after", (_answers(result),)),
        Chapter("provenance", "Provenance", (_provenance(result),)),
    )
    return Page(f"{result.model}, tuned on {result.dataset}", facts, chapters)


def _tiles(result: TuningResult) -> Tiles:
    steps = result.steps
    _, loss = _means(steps, _window(steps))[-1]
    targets, seconds = sum(step.targets for step in steps), sum(step.seconds for step in steps)
    return Tiles(
        (
            Tile("loss", number(loss), f"{number(steps[0].loss)} at first", link="learning"),
            Tile("examples", f"{result.examples:,}", f"{sum(result.left_out.values()):,} rows left out"),
            Tile("learned tokens", f"{targets:,}", f"of {sum(step.tokens for step in steps):,}"),
            Tile("speed", f"{number(round(targets / seconds))} /s", "learned tokens a second"),
            Tile("trained", f"{result.trained_parameters:,}", f"of {result.parameters:,} parameters"),
            Tile("time", f"{number(round(result.seconds))} s", f"{len(steps):,} steps"),
        )
    )


def _notes(result: TuningResult) -> Iterator[Block]:
    if result.left_out:
        rows = tuple(sorted(result.left_out.items(), key=lambda item: -item[1]))
        yield Fold(
            "rows that were left out",
            (Grid("", ("reason", "rows"), rows, "Each of them stands in left_out.jsonl, with its line."),),
        )


def _curves(steps: Sequence[TuningStep]) -> Iterator[Curve]:
    """The loss with a smooth line, the learning rate, and the tokens of a second."""
    window = _window(steps)
    lines = {"of a step": _thinned(steps, lambda step: step.loss)}
    if window > 1:
        lines[f"mean of the last {window:,} steps"] = thin_points(_means(steps, window), _POINTS)
    yield Curve("loss of a learned token", "step", "loss", lines)
    yield Curve("learning rate", "step", "rate", {"rate": _thinned(steps, lambda step: step.learning_rate)})
    yield Curve(
        "speed",
        "step",
        "tokens a second",
        {
            "all tokens": _thinned(steps, lambda step: step.tokens / step.seconds),
            "learned tokens": _thinned(steps, lambda step: step.targets / step.seconds),
        },
    )


def _answers(result: TuningResult) -> Grid:
    rows = tuple(
        (f"row {sample.row + 1}", sample.instruction, sample.response, sample.before, sample.after)
        for sample in result.samples
    )
    columns = ("", "instruction", "response of the dataset", "before", "after")
    note = "These rows were learned from: the answers say what was learned, and nothing of other data."
    return Grid("drawn at random from the dataset", columns, rows, note)


def _provenance(result: TuningResult) -> Grid:
    facts: Mapping[str, Cell] = {
        "model": result.model,
        "begun from": f"{result.source} ({result.fingerprint})",
        "dataset": result.dataset,
        "SHA-256": Code(result.dataset_digest),
        **{name.replace("_", " "): str(value) for name, value in result.recipe.items()},
        "seed": str(result.seed),
        "device": result.device,
        "vlitqa": result.version,
    }
    return Grid("the tuning", ("", ""), tuple(facts.items()))


def _window(steps: Sequence[TuningStep]) -> int:
    return max(1, round(len(steps) * _SMOOTHED))


def _means(steps: Sequence[TuningStep], window: int) -> list[tuple[float, float]]:
    """By step, the mean loss of the last steps."""
    sums = [0.0, *accumulate(step.loss for step in steps)]
    ends = range(1, len(sums))
    return [(steps[end - 1].step, (sums[end] - sums[max(0, end - window)]) / min(end, window)) for end in ends]


def _thinned(steps: Sequence[TuningStep], value: Callable[[TuningStep], float]) -> list[tuple[float, float]]:
    return thin_points([(step.step, value(step)) for step in steps], _POINTS)
