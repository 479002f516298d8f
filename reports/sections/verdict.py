"""The first screen: what became of the rows, and the few numbers that decide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from reports.blocks import Block, Notice, Parts, Tile, Tiles
from reports.numbers import share
from vlitqa.catalogue import METRICS
from vlitqa.results import Figure
from vlitqa.results.findings import ERROR, FAULTS, WARNING
from vlitqa.runs.finished import FinishedRun

title = "Verdict"
_HEADLINES = (
    ("accuracy", "correct responses", "sound", "judge"),
    ("matching", "above other images", "sound", "metrics"),
    ("duplicates", "repeated records", "sound", "duplicates"),
    ("integrity", "usable images", "sound", "images"),
    ("accuracy", "agreement of votes", "sound", "judge"),
)
"""Metric, figure and variant of each tile, and the section it leads to."""
_CLEAN, _UNKNOWN = "clean", "unknown"
_ANYTHING = (0.0, 1.0)
_RANKS = {_UNKNOWN: 1, WARNING: 2, ERROR: 3}


def build(run: FinishedRun) -> Sequence[Block]:
    """The parts of the dataset, and the tiles of its headline figures."""
    card = run.card
    blocks: list[Block] = []
    if card.cut_off:
        blocks.append(Notice("The file is cut off or damaged: only the rows before that place were read.", ERROR))
    if card.failed:
        blocks.append(Notice(f"{card.failed:,} measurements failed: see what is left out below.", ERROR))
    blocks.append(Parts(f"{card.rows:,} rows", _parts(run)))
    if lost := [name for name in METRICS if not run.scored(name)]:
        blocks.append(Notice(f"This run did not look at {', '.join(lost)}: a score without --metrics does."))
    tiles = [tile for wanted in _HEADLINES if (tile := _tile(run, *wanted)) is not None]
    return [*blocks, Tiles(tuple(tiles))]


def _parts(run: FinishedRun) -> tuple[tuple[str, int, str], ...]:
    """Every row of the file is in exactly one part: that of the worst that was found in it."""
    worst = dict.fromkeys(run.rows, _CLEAN)
    if run.scored("integrity"):
        unknown = np.isnan(run.values("integrity"))
        worst |= {row: _UNKNOWN for row, lost in zip(run.rows, unknown, strict=True) if lost}
    for by_row in run.codes.values():
        for row, codes in by_row.items():
            worst[row] = _worst(worst[row], codes)
    counts = Counter(worst.values())
    parts = [
        ("without error or warning" if run.scored("integrity") else "measured", counts[_CLEAN], "good"),
        ("with a warning", counts[WARNING], WARNING),
        ("with an error", counts[ERROR], ERROR),
        ("not looked at: their worker failed", counts[_UNKNOWN], ERROR),
        ("rejected: no record", run.card.rejects, ERROR),
        ("not in the sample", run.card.rows - run.card.rejects - len(worst), ""),
    ]
    return tuple(part for part in parts if part[1])


def _worst(level: str, codes: Iterable[str]) -> str:
    return max((level, *(FAULTS[code].severity for code in codes)), key=lambda each: _RANKS.get(each, 0))


def _tile(run: FinishedRun, metric: str, name: str, variant: str, link: str) -> Tile | None:
    if run.scored(metric) is None:
        return None
    figure = run.figure(metric, name, variant)
    if figure is None or figure.value is None:
        return Tile(name, "not measured", figure.reason if figure else "", link, WARNING)
    value = "unknown" if figure.interval == _ANYTHING else share(figure.value)
    return Tile(name, value, _interval(figure), link)


def _interval(figure: Figure) -> str:
    if figure.interval is None:
        return f"{figure.measured:,} measured"
    low, high = figure.interval
    return f"95 %: {share(low)} to {share(high)}"
