"""Several datasets side by side: every figure with its interval, and a best one only where intervals do not overlap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from reports.blocks import Block, Cell, Grid, Notice, Prose, Strong
from reports.numbers import ARROWS, number
from reports.scored import scored_with
from vlitqa.catalogue import METRICS, card_of
from vlitqa.results import Figure, align_figures
from vlitqa.results.evidence import DuplicatesEvidence, evidence_of
from vlitqa.runs.finished import FinishedRun

title = "Side by side"


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
    for metric, figures in align_figures([run.card for run in runs]).items():
        for position, ((name, variant), figure_of_run) in enumerate(figures.items()):
            best = _best(figure_of_run, len(runs))
            direction = next(figure.direction for figure in figure_of_run.values())
            cells = [_cell(figure_of_run.get(run), is_best=run == best) for run in range(len(runs))]
            rows.append((metric if not position else "", name, variant, ARROWS[direction], *cells))
    note = (
        "[ ]: the 95 % interval. A figure is called best only where its interval lies apart from those of all others; "
        "figures without an interval, or without a better direction, have no best."
    )
    blocks: list[Block] = [
        head,
        Grid("every figure", ("metric", "figure", "variant", "better", *names), tuple(rows), note),
    ]
    blocks[1:1] = [grid for variant in ("original", "sound") if (grid := _principles(runs, variant))]
    for kind, blame in _differences(runs).items():
        blocks.insert(0, Notice(f"{kind} differ between the datasets: {blame}", "warning"))
    return [*blocks, *_overlap(runs)]


def _principles(runs: Sequence[FinishedRun], variant: str) -> Grid | None:
    """The review's Table 4: a row for each dataset, a column for each principle that was measured."""
    columns, cells = [], []
    measured = {metric for run in runs for metric in run.metrics}
    for card in (card_of(name) for name in METRICS if name in measured):
        if card is None or card.principle is None:
            continue
        headline = card.headline.name
        figures = {
            position: figure
            for position, run in enumerate(runs)
            if (figure := run.figure(card.name, headline, variant))
        }
        if figures:
            columns.append(f"{card.symbol} {ARROWS[next(iter(figures.values())).direction]}")
            best = _best(figures, len(runs))
            cells.append([_cell(figures.get(position), is_best=position == best) for position in range(len(runs))])
    rows = tuple((run.name, *(column[position] for column in cells)) for position, run in enumerate(runs))
    note = (
        "MD: matching degree; C: correct responses; T: tasks; I: clusters of instruction words; R: logarithm of "
        "response clusters; O/G: elements of an instruction; I complexity: difficulty from 1 to 10; Balance: variance "
        "over tasks."
    )
    heading = "the principles as the paper measures them" if variant == "original" else "the same, repaired"
    return Grid(heading, ("dataset", *columns), rows, note if variant == "original" else "") if columns else None


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


def _cell(figure: Figure | None, *, is_best: bool) -> Cell:
    if figure is None:
        return None
    if figure.value is None:
        return f"not measured: {figure.reason}"
    text = number(figure.value)
    if figure.interval:
        text += f" [{number(figure.interval[0])}, {number(figure.interval[1])}]"
    return Strong(text, "best") if is_best else text


def _differences(runs: Sequence[FinishedRun]) -> Mapping[str, str]:
    """The differences in tools, versions or pools that make figures hard to compare, with their metrics."""
    differences: dict[str, str] = {}
    for kind in ("tools", "parameters", "version", "fitted on"):
        metrics = [
            metric
            for metric in dict.fromkeys(metric for run in runs for metric in run.metrics)
            if len({str(scored.provenance.get(kind)) for run in runs if (scored := run.scored(metric))}) > 1
        ]
        if metrics:
            words = {"fitted on": "Fitting datasets", "version": "Versions"}.get(kind, kind.capitalize())
            differences[words] = f"{', '.join(metrics)}. Score them together to compare them."
    return differences


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
