"""The map of all pairs as rows of shaded cells, and what the script of a page needs to draw it anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reports.axes import ticks
from reports.chart_blocks import Point, Scatter
from reports.colours import ink, shade
from reports.marks import groups_in_order, shorten
from reports.numbers import interval_text, number, p_text, signed, stars_of
from reports.pair_blocks import DatasetNumbers, PairMap
from reports.scatter import AXIS_LETTERS, LABEL_LETTERS, padded, place_across, place_up
from reports.visible import visible
from vlitqa.results.agreement import Correlation

_SHADES = 40
"""Shades of a map, from -1 to 1; one more for 0 itself."""
_VISIBLE = 0.005
"""A smaller change is not seen in two decimals."""
_MISSING = "not computed"
_NOTE = (
    "The line is that of least squares; the shaded band holds the lines without one dataset each; bars are one "
    "standard deviation over seeds. Names without room stand in the table, and below the pointer."
)
FACTS = (
    "",
    "95 % interval",
    "datasets",
    "p, uncorrected",
    "p, Holm",
    "p, Benjamini & Hochberg",
    "without one dataset",
    "most influential",
)
"""The headings of what is said of a pair; the first is the name of the coefficient."""
CORRECTIONS = ("Holm", "Benjamini & Hochberg", "none")
"""How p is corrected for the number of pairs before it gives stars."""


@dataclass(frozen=True, slots=True)
class MapCell:
    """A cell of the map."""

    text: str
    shade: str
    """The name of its shade."""
    reason: str
    """Why there is no value."""


def shade_rules() -> str:
    """The style of every shade, its words black or white by contrast."""
    colours = [shade(2 * step / _SHADES - 1) for step in range(_SHADES + 1)]
    return "".join(
        f".shade-{step} {{ background: {colour}; color: {ink(colour)}; }}\n" for step, colour in enumerate(colours)
    )


def map_rows(block: PairMap) -> list[tuple[str, list[MapCell]]]:
    """The rows of the map by the first method and Holm's correction."""
    return [
        (metric.name, [map_cell(block.correlation(metric.name, exam.name)) for exam in block.exams])
        for metric in block.metrics
    ]


def map_cell(pair: Correlation | None) -> MapCell:
    """The cell of a pair, with the stars of its corrected p."""
    if pair is None or pair.value is None:
        return MapCell("", "none", pair.reason if pair else _MISSING)
    return MapCell(signed(pair.value) + stars_of(pair.p_holm), f"shade-{_step(pair.value)}", "")


def scatter_of(block: PairMap) -> Scatter:
    """The pair that is shown first."""
    metric, exam = block.numbers_of_pair()
    rows = zip(block.datasets, block.groups, metric.values, exam.values, exam.spreads, strict=True)
    measured = [
        (Point(x, y, group, name), spread) for name, group, x, y, spread in rows if x is not None and y is not None
    ]
    points, spreads = tuple(point for point, _ in measured), tuple(spread for _, spread in measured)
    title = f"{metric.name} and {exam.name}"
    groups = tuple(groups_in_order(block.groups))
    ends = (_ends(metric), _ends(exam))
    return Scatter(title, (metric.name, exam.name), ends, points, spreads, groups=groups, note=_NOTE)


def _ends(column: DatasetNumbers) -> tuple[float, float]:
    """The ends of the axis of a column: all its values with their spreads."""
    rows = zip(column.values, column.spreads, strict=True)
    reach = [(value - (spread or 0), value + (spread or 0)) for value, spread in rows if value is not None]
    return padded([end for ends in reach for end in ends] or [0.0])


def facts_of_pair(pair: Correlation | None) -> list[str]:
    """All that a reader must know of a pair, in the order of the headings; empty where it is not known."""
    if pair is None or pair.value is None:
        return [f"no value: {pair.reason if pair else _MISSING}"]
    rests = [value for _, value in pair.without if value is not None]
    dataset, rest = pair.influential or ("", pair.value)
    return [
        signed(pair.value),
        interval_text(pair.interval),
        str(pair.n),
        p_text(pair.p),
        p_text(pair.p_holm),
        p_text(pair.p_bh),
        f"{signed(min(rests))} to {signed(max(rests))}" if rests else "",
        f"{visible(dataset)}: {signed(rest)} without it" if abs(rest - pair.value) >= _VISIBLE else "",
    ]


def facts_shown(block: PairMap) -> list[tuple[str, str]]:
    """The facts of the pair that is shown first, below their headings."""
    facts = zip(FACTS, facts_of_pair(block.correlation(*block.shown)), strict=False)
    return [(name or block.names[block.method], fact) for name, fact in facts if fact]


def pair_payload(block: PairMap) -> Mapping[str, Any]:
    """All pairs as the script draws them: places in the drawing, words, and shades by number."""
    groups = groups_in_order(block.groups)
    return {
        "datasets": [visible(name) for name in block.datasets],
        "labels": [shorten(visible(name), LABEL_LETTERS) for name in block.datasets],
        "groups": [groups[group] for group in block.groups],
        "done": block.groups,
        "legend": 2 * len(groups) if len(groups) > 1 else 0,
        "metrics": [_column(column, is_up=False) for column in block.metrics],
        "exams": [_column(column, is_up=True) for column in block.exams],
        "methods": [
            {"method": method, "name": block.names[method], "pairs": _pairs(block, pairs)}
            for method, pairs in block.correlations.items()
        ],
        "facts": FACTS,
        "shown": _places_of(block),
    }


def _step(value: float) -> int:
    return min(max(round((value + 1) / 2 * _SHADES), 0), _SHADES)


def _places_of(block: PairMap) -> tuple[int, int]:
    metrics, exams = ([column.name for column in columns] for columns in (block.metrics, block.exams))
    return metrics.index(block.shown[0]), exams.index(block.shown[1])


def _pairs(block: PairMap, pairs: Mapping[tuple[str, str], Correlation]) -> list[list[Any]]:
    return [[_pair(pairs.get((metric.name, exam.name))) for exam in block.exams] for metric in block.metrics]


def _pair(pair: Correlation | None) -> tuple[int, tuple[str, ...], list[str]] | str:
    """The shade of a pair, its stars by each correction, and its facts; the reason where it has no value."""
    if pair is None or pair.value is None:
        return visible(pair.reason) if pair else _MISSING
    return _step(pair.value), tuple(map(stars_of, (pair.p_holm, pair.p_bh, pair.p))), facts_of_pair(pair)


def _column(column: DatasetNumbers, *, is_up: bool) -> Mapping[str, Any]:
    """A column by the places of its datasets in the drawing, and its numbers as they are written."""
    span = _ends(column)
    place = (place_up if is_up else place_across)(span)
    spreads = [
        (round(place(value - spread), 2), round(place(value + spread), 2)) if value is not None and spread else None
        for value, spread in zip(column.values, column.spreads, strict=True)
    ]
    return {
        "name": shorten(visible(column.name), AXIS_LETTERS),
        "places": [None if value is None else round(place(value), 2) for value in column.values],
        "texts": ["" if value is None else number(value) for value in column.values],
        "around": ["" if spread is None else number(spread) for spread in column.spreads],
        "ticks": [(round(place(value), 2), number(value)) for value in ticks(*span)],
        **({"spreads": spreads} if any(spreads) else {}),
    }
