"""Several datasets side by side: every figure with its interval, and a best one only where intervals do not overlap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from reports.blocks import Block, Cell, Grid, Notice, Prose, Strong
from reports.comparability import differs, why_unranked
from reports.numbers import ARROWS
from reports.scored import scored_with
from reports.units import interval_of, unit_of, value_of, why_doubted
from vlitqa.catalogue import METRICS, card_of
from vlitqa.contracts import Card, FigureName
from vlitqa.results import Figure, align_figures
from vlitqa.results.evidence import DuplicatesEvidence, evidence_of
from vlitqa.runs.finished import FinishedRun

title = "Side by side"
_PRINCIPLES = {
    "original": (
        "MD: matching degree; C: correct responses; T: tasks; I: clusters of instruction words; R: logarithm of "
        "response clusters; O/G: objects of an instruction; I complexity: difficulty from 1 to 10; Balance: variance "
        "over tasks. Units and reasons stand in the table of every figure."
    ),
    "sound": (
        "I: Vendi score of instructions; the others as above. Figures that rank no datasets, such as those of tasks "
        "and balance, are left out."
    ),
}
"""The note below the table of each variant."""
_DIFFERENCES = {
    "tools": "These metrics were measured by different tools in these runs, so their values cannot be compared",
    "parameters": "These metrics have different parameters in these runs, so their values cannot be compared",
    "version": "These metrics have different versions in these runs, so their values cannot be compared",
    "fitted on": "These metrics were fitted on different data in these runs, so their fitted values cannot be compared",
}
"""By a circumstance of measuring: the warning where it differs between runs."""


def build(runs: Sequence[FinishedRun]) -> Sequence[Block]:
    """Every figure of several runs in one table, and what their datasets share."""
    names = [run.name for run in runs]
    head = Grid(
        "the datasets",
        ("dataset", "rows", "records", "rejected", "format", "sample"),
        tuple(
            (run.name, run.card.rows, run.card.records, run.card.rejects, run.card.format, run.card.sample)
            for run in runs
        ),
    )
    rows: list[tuple[Cell, ...]] = []
    scorecards = [run.card for run in runs]
    for metric, figures in align_figures(scorecards).items():
        for position, ((name, variant), figure_of_run) in enumerate(figures.items()):
            unranked = why_unranked(metric, FigureName(name, variant), scorecards)
            best = None if unranked else _best(figure_of_run, len(runs))
            unit = _shared_unit(metric, figure_of_run)
            cells = [_cell(metric, figure_of_run.get(run), is_best=run == best, unit=unit) for run in range(len(runs))]
            shown_name = f"{name} {_arrow(figure_of_run)}".strip() + (f" ({unit})" if unit else "")
            rows.append((metric if not position else "", shown_name, variant, *cells, unranked))
    note = (
        "↑ more is better, ↓ less is better; [ ]: the 95 % interval. A figure is called best only where its interval "
        "lies apart from those of all others; figures without an interval, or without a better direction, have no "
        "best. The last column says why a figure ranks no dataset before another."
    )
    blocks: list[Block] = [
        head,
        Grid("every figure", ("metric", "figure", "variant", *names, "not comparable"), tuple(rows), note),
    ]
    blocks[1:1] = [grid for variant in ("original", "sound") if (grid := _principles(runs, variant))]
    notices = [Notice(sentence, "warning") for sentence in _differences(runs)]
    return [*notices, *blocks, *_overlap(runs)]


def _principles(runs: Sequence[FinishedRun], variant: str) -> Grid | None:
    """The review's Table 4: a row for each dataset, a column for each principle that was measured."""
    columns, cells, proxies = [], [], []
    measured = {metric for run in runs for metric in run.metrics}
    for card in (card_of(name) for name in METRICS if name in measured):
        if card is None or card.principle is None:
            continue
        shown = _figure_of_principle(card, variant)
        figures = {
            position: figure
            for position, run in enumerate(runs)
            if (figure := run.figure(card.name, shown.name, shown.variant))
        }
        if figures and not (variant == "sound" and shown in card.misleading):
            columns.append(f"{card.symbol} {_arrow(figures)}".strip())
            if variant == "original" and (names := _other_tools(card.name, runs)):
                proxies.append(f"{card.symbol} by {' and '.join(names)}")
            best = None if why_unranked(card.name, shown, [run.card for run in runs]) else _best(figures, len(runs))
            cells.append([_short_cell(card.name, figures.get(run), is_best=run == best) for run in range(len(runs))])
    rows = tuple((run.name, *(column[position] for column in cells)) for position, run in enumerate(runs))
    heading = "the principles as the paper measures them" if variant == "original" else "the same, repaired"
    note = " ".join((_PRINCIPLES[variant], *([f"Not by the paper's tools: {'; '.join(proxies)}."] if proxies else [])))
    return Grid(heading, ("dataset", *columns), rows, note) if columns else None


def _other_tools(metric: str, runs: Sequence[FinishedRun]) -> Sequence[str]:
    """The tools of any run behind a metric's figure that the paper did not use."""
    scored_in_runs = [scored for run in runs if (scored := run.scored(metric))]
    return list(dict.fromkeys(name for scored in scored_in_runs for name in scored.other_tools))


def _figure_of_principle(card: Card, variant: str) -> FigureName:
    """The figure that stands for a principle: that of the paper, or the metric's headline."""
    name = card.in_table_4 if variant == "original" else ""
    return FigureName(name or card.headline.name, variant)


def _arrow(figures: Mapping[int, Figure]) -> str:
    """The better direction of a figure: one without a value need not say it."""
    return next((ARROWS[figure.direction] for figure in figures.values() if ARROWS[figure.direction]), "")


def _shared_unit(metric: str, figures: Mapping[int, Figure]) -> str:
    """The unit of a figure, where all runs that have a value measured in the same."""
    units = {unit_of(metric, figure) for figure in figures.values() if figure.value is not None}
    return units.pop() if len(units) == 1 else ""


def _best(figures: Mapping[int, Figure], runs: int) -> int | None:
    """The run whose figure is better than all others, with an interval that overlaps none of theirs."""
    with_interval = {run: figure for run, figure in figures.items() if figure.value is not None and figure.interval}
    if len(with_interval) < max(2, runs):
        return None
    direction = next(iter(with_interval.values())).direction
    if direction not in ("up", "down"):
        return None
    sign = 1 if direction == "up" else -1

    def bounds(figure: Figure) -> tuple[float, float]:
        low, high = figure.interval or (0.0, 0.0)
        return (low, high) if sign > 0 else (-high, -low)

    best = max(with_interval, key=lambda run: sign * (with_interval[run].value or 0.0))
    low = bounds(with_interval[best])[0]
    is_apart = all(low > bounds(figure)[1] for run, figure in with_interval.items() if run != best)
    return best if is_apart else None


def _short_cell(metric: str, figure: Figure | None, *, is_best: bool) -> Cell:
    """A cell of the principles: the table of every figure has the unit, and the reason why there is no value."""
    if figure is None:
        return None
    if figure.value is None:
        return "not measured"
    return "says nothing" if figure.doubt else _cell(metric, figure, is_best=is_best, unit=unit_of(metric, figure))


def _cell(metric: str, figure: Figure | None, *, is_best: bool, unit: str) -> Cell:
    """A value with its interval, and with its unit unless that is said elsewhere; or the reason why there is none."""
    if figure is None:
        return None
    if figure.value is None:
        return f"not measured: {figure.reason}"
    in_cell = "" if unit_of(metric, figure) == unit else unit_of(metric, figure)
    parts = (value_of(metric, figure), in_cell, interval_of(metric, figure), why_doubted(figure))
    text = " ".join(filter(None, parts))
    return Strong(text, "best") if is_best else text


def _differences(runs: Sequence[FinishedRun]) -> Sequence[str]:
    """The differences in tools, versions or pools that make figures hard to compare, with their metrics."""
    sentences = []
    for kind in _DIFFERENCES:
        metrics = dict.fromkeys(metric for run in runs for metric in run.metrics)
        differing = [metric for metric in metrics if differs(kind, metric, [run.card for run in runs])]
        if differing:
            sentences.append(f"{_DIFFERENCES[kind]}: {', '.join(differing)}. Score the datasets together.")
    return sentences


def _overlap(runs: Sequence[FinishedRun]) -> list[Block]:
    """Counts the records of one dataset that have the text, or an image, of a record of another."""
    contents = [_contents_of(run, scored.metric) for run in runs if (scored := scored_with(run, DuplicatesEvidence))]
    if len(contents) < len(runs):
        return []
    rows: list[tuple[Cell, ...]] = []
    for run, content in zip(runs, contents, strict=True):
        for other_run, other in zip(runs, contents, strict=True):
            if run is not other_run:
                records = content.records
                texts = sum(record.text in other.texts for record in records)
                images = sum(not other.images.isdisjoint(record.image_digests()) for record in records)
                rows.append((run.name, other_run.name, texts, images, len(records)))
    columns = ("records of", "that are also in", "with the same text", "with the same image", "of records")
    note = "An exam that shares texts or images with a dataset cannot tell what a model learned from it."
    return [Grid("overlap", columns, tuple(rows)), Prose(note)]


@dataclass(frozen=True, slots=True)
class _Contents:
    """The records of a run, and what identifies all their texts and images."""

    records: Sequence[DuplicatesEvidence]
    texts: Set[str]
    images: Set[str]


def _contents_of(run: FinishedRun, metric: str) -> _Contents:
    records = [
        evidence_of(measurement, DuplicatesEvidence)
        for measurement in run.measurements(metric)
        if measurement.value is not None
    ]
    images = {digest for record in records for digest in record.image_digests()}
    return _Contents(records, {record.text for record in records}, images)
