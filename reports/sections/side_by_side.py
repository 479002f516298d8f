"""Several datasets beside each other: every figure with its interval, and a winner only where intervals part."""

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
        for place, ((name, variant), found) in enumerate(figures.items()):
            best = _best(found, len(runs))
            direction = next(each.direction for each in found.values())
            cells = [_cell(found.get(at), is_best=at == best) for at in range(len(runs))]
            rows.append((metric if not place else "", name, variant, ARROWS[direction], *cells))
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
    scored = {each.metric for run in runs for each in run.card.scored}
    for card in (card_of(name) for name in METRICS if name in scored):
        if card is None or card.principle is None:
            continue
        headline = card.headline.name
        figures = {at: figure for at, run in enumerate(runs) if (figure := run.figure(card.name, headline, variant))}
        if figures:
            columns.append(f"{card.symbol} {ARROWS[next(iter(figures.values())).direction]}")
            best = _best(figures, len(runs))
            cells.append([_cell(figures.get(at), is_best=at == best) for at in range(len(runs))])
    rows = tuple((run.name, *(column[at] for column in cells)) for at, run in enumerate(runs))
    note = (
        "MD: matching degree; C: correct responses; T: tasks; I: clusters of instruction words; R: logarithm of "
        "response clusters; O/G: elements of an instruction; I complexity: difficulty from 1 to 10; Balance: variance "
        "over tasks."
    )
    heading = "the principles as the paper measures them" if variant == "original" else "the same, repaired"
    return Grid(heading, ("dataset", *columns), rows, note if variant == "original" else "") if columns else None


def _best(figures: Mapping[int, Figure], runs: int) -> int | None:
    """The place of the figure that is better than every other beyond both intervals."""
    known = {at: each for at, each in figures.items() if each.value is not None and each.interval}
    if len(known) < max(2, runs):
        return None
    up = next(iter(known.values())).direction
    if up not in ("up", "down"):
        return None
    sign = 1 if up == "up" else -1

    def bounds(figure: Figure) -> tuple[float, float]:
        low, high = figure.interval or (0.0, 0.0)
        return (low, high) if sign > 0 else (-high, -low)

    first = max(known, key=lambda at: sign * (known[at].value or 0.0))
    apart = all(bounds(known[first])[0] > bounds(each)[1] for at, each in known.items() if at != first)
    return first if apart else None


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
    """What makes figures of different datasets hard to compare: other tools, versions or pools."""
    found: dict[str, str] = {}
    for kind in ("tools", "parameters", "version", "fitted on"):
        metrics = [
            metric
            for metric in dict.fromkeys(each.metric for run in runs for each in run.card.scored)
            if len({str(scored.provenance.get(kind)) for run in runs if (scored := run.scored(metric))}) > 1
        ]
        if metrics:
            words = {"fitted on": "Fitting datasets", "version": "Versions"}.get(kind, kind.capitalize())
            found[words] = f"{', '.join(metrics)}. Score them together to compare them."
    return found


def _overlap(runs: Sequence[FinishedRun]) -> list[Block]:
    """How many records of one dataset have the text, or an image, of a record of another."""
    held = [_held(run, scored.metric) for run in runs if (scored := scored_with(run, DuplicatesEvidence))]
    if len(held) < len(runs):
        return []
    rows: list[tuple[Cell, ...]] = []
    for one, run in enumerate(runs):
        for other, against in enumerate(runs):
            if one != other:
                records, theirs = held[one].records, held[other]
                texts = sum(record.text in theirs.texts for record in records)
                images = sum(not theirs.images.isdisjoint(record.image_digests()) for record in records)
                rows.append((run.name, against.name, texts, images, len(records)))
    columns = ("records of", "that are also in", "with the same text", "with the same image", "of records")
    told = "An exam that shares texts or images with a dataset cannot tell what a model learned from it."
    return [Grid("overlap", columns, tuple(rows)), Prose(told)]


@dataclass(frozen=True, slots=True)
class _Held:
    """The records of a run, and what identifies all their texts and images."""

    records: Sequence[DuplicatesEvidence]
    texts: Set[str]
    images: Set[str]


def _held(run: FinishedRun, metric: str) -> _Held:
    records = [evidence_of(each, DuplicatesEvidence) for each in run.measurements(metric) if each.value is not None]
    images = {digest for record in records for digest in record.image_digests()}
    return _Held(records, {record.text for record in records}, images)
