"""The verdict on rows and images: what became of the rows, and the few numbers that decide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from reports.blocks import Block, Notice, Parts, Tile, Tiles
from reports.scored import scored_with
from reports.units import interval_of, unit_of, value_of
from vlitqa.algorithms.counted import counted
from vlitqa.catalogue import METRICS, card_of, cards
from vlitqa.contracts import FigureName
from vlitqa.results import Figure
from vlitqa.results.evidence import IntegrityEvidence
from vlitqa.results.faults import ERROR, NOTE, WARNING
from vlitqa.runs.finished import FinishedRun

title = "Verdict"
_LINKS = {
    "above other images": "metrics",
    "repeated records": "duplicates",
    "usable images": "images",
    "agreement of votes": "judge",
}
"""Figures in the order of their tiles, and the section that each tile leads to; other figures come behind them."""
_CLEAN, _UNKNOWN = "clean", "unknown"
_RANKS = {_UNKNOWN: 1, WARNING: 2, ERROR: 3}


def build(run: FinishedRun) -> Sequence[Block]:
    """The parts of the dataset, and the tiles of its headline figures."""
    blocks: list[Block] = [Parts(counted(run.card.rows, "row"), _parts(run))]
    if lost := [name for name in METRICS if not run.scored(name)]:
        blocks.append(Notice(f"Not computed in this run: {', '.join(lost)}. `vlitqa score` without --metrics does."))
    return [*blocks, Tiles(_tiles(run))]


def _parts(run: FinishedRun) -> tuple[tuple[str, int, str], ...]:
    """Every row of the file is in exactly one part: that of the worst that was found in it."""
    worst = dict.fromkeys(run.rows, _CLEAN)
    integrity = scored_with(run, IntegrityEvidence)
    if integrity and any(figure.failed for figure in integrity.summary.figures):
        integrity = None  # it found nothing because it failed
    if integrity:
        unknown = np.isnan(run.values(integrity.metric))
        worst |= {row: _UNKNOWN for row, lost in zip(run.rows, unknown, strict=True) if lost}
    severities = {finding.code: finding.severity for finding in run.card.findings()}
    for fault in (fault for faulty in run.faulty.values() for fault in faulty):
        severity = severities.get(fault.code, NOTE)
        worst[fault.row] = max(worst[fault.row], severity, key=lambda level: _RANKS.get(level, 0))
    counts = Counter(worst.values())
    parts = [
        ("without error or warning" if integrity else "measured", counts[_CLEAN], "good"),
        ("with a warning", counts[WARNING], WARNING),
        ("with an error", counts[ERROR], ERROR),
        ("not checked: their worker failed", counts[_UNKNOWN], ERROR),
        ("rejected: no record", run.card.rejects, ERROR),
        ("not in the sample", run.card.rows - run.card.rejects - len(worst), ""),
    ]
    return tuple(part for part in parts if part[1])


def _tiles(run: FinishedRun) -> tuple[Tile, ...]:
    """A tile for each figure that the card of a metric names for it."""
    order = {name: place for place, name in enumerate(_LINKS)}
    measured_cards = cards(run.metrics)
    shown = [(card.name, figure) for card in measured_cards for figure in card.tiles]
    shown.sort(key=lambda pair: order.get(pair[1].name, len(order)))
    return tuple(_tile(run, metric, figure) for metric, figure in shown)


def _tile(run: FinishedRun, metric: str, shown: FigureName) -> Tile:
    figure = run.figure(metric, shown.name, shown.variant)
    link = _LINKS.get(shown.name, "metrics")
    if figure is None or figure.value is None:
        return Tile(shown.name, "not measured", figure.reason if figure else _needs(metric), link, WARNING)
    if figure.doubt:
        return Tile(shown.name, "unknown", figure.doubt, link, WARNING)
    return Tile(shown.name, value_of(metric, figure), _note(metric, figure), link)


def _needs(metric: str) -> str:
    """The tools without which a metric has no figure of its own."""
    card = card_of(metric)
    return f"needs {' and '.join(card.tools)}: see vlitqa doctor" if card and card.tools else ""


def _note(metric: str, figure: Figure) -> str:
    """The thing that a value counts, and how sure it is."""
    interval = interval_of(metric, figure)
    certainty = f"95 % interval {interval}" if interval else f"{figure.measured:,} measured"
    return ", ".join(filter(None, (unit_of(metric, figure), certainty)))
