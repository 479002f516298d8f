"""The first screen: what became of the rows, and the few numbers that decide."""

from __future__ import annotations

from collections.abc import Sequence

from reports.blocks import Block, Notice, Parts, Tile, Tiles
from reports.numbers import share
from reports.run import Run
from vlitqa.metrics.findings import ERROR, MEANINGS, WARNING
from vlitqa.results import Figure

title = "Verdict"
_HEADLINES = (
    ("accuracy", "correct responses", "sound", "judge"),
    ("matching", "above other images", "sound", "metrics"),
    ("duplicates", "repeated records", "sound", "duplicates"),
    ("integrity", "usable images", "sound", "images"),
    ("accuracy", "agreement of votes", "sound", "judge"),
)
"""Metric, figure and variant of each tile, and the section it leads to."""


def build(run: Run) -> Sequence[Block]:
    card = run.card
    blocks: list[Block] = []
    if card.cut_off:
        blocks.append(Notice("The file is cut off or damaged: only the rows before that place were read.", ERROR))
    if card.failed:
        blocks.append(Notice(f"{card.failed:,} measurements failed: see what is left out below.", ERROR))
    blocks.append(Parts(f"{card.rows:,} rows", _parts(run)))
    tiles = [tile for wanted in _HEADLINES if (tile := _tile(run, *wanted)) is not None]
    return [*blocks, Tiles(tuple(tiles))]


def _parts(run: Run) -> tuple[tuple[str, int, str], ...]:
    """Every row of the file is in exactly one part."""
    worst = dict.fromkeys(run.rows, "clean")
    rank = {"clean": 0, WARNING: 1, ERROR: 2}
    if run.scored("integrity"):
        for each in run.measurements("integrity"):
            for code in each.evidence.get("codes", ()):
                level = MEANINGS[code][0]
                if rank.get(level, 0) > rank[worst[each.place.row]]:
                    worst[each.place.row] = level
    found = list(worst.values())
    rest = run.card.rows - run.card.rejects - len(found)
    parts = [
        ("without error or warning" if run.scored("integrity") else "measured", found.count("clean"), "good"),
        ("with a warning", found.count(WARNING), WARNING),
        ("with an error", found.count(ERROR), ERROR),
        ("rejected: no record", run.card.rejects, ERROR),
        ("not in the sample", rest, ""),
    ]
    return tuple(part for part in parts if part[1])


def _tile(run: Run, metric: str, name: str, variant: str, link: str) -> Tile | None:
    if run.scored(metric) is None:
        return None
    figure = run.figure(metric, name, variant)
    if figure is None or figure.value is None:
        return Tile(name, "not measured", figure.reason if figure else "", link, WARNING)
    return Tile(name, share(figure.value), _interval(figure), link)


def _interval(figure: Figure) -> str:
    if figure.interval is None:
        return f"{figure.measured:,} measured"
    low, high = figure.interval
    return f"95 %: {share(low)} to {share(high)}"
