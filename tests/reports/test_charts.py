"""Drawings of charts, and the tables that say the same."""

from __future__ import annotations

from itertools import pairwise

import pytest

from reports.axes import ticks
from reports.chart_blocks import Bars, Bins, Chart, Curve, HeatMap, Histogram, Network, Point, Points
from reports.charts import describe_histogram, draw_chart, draw_small_histogram
from reports.colours import ink, shade
from reports.twins import twin

_POINTS = (Point(0.0, 0.0, "one", "a"), Point(1.0, 2.0, "two", "b"), Point(2.0, 1.0, "", "c"))
CHARTS: tuple[Chart, ...] = (
    Histogram("lengths", Bins((0.0, 1.0, 2.0), (3, 5)), "words"),
    Bars("tasks", (("count", 4.0), ("describe", 2.0)), "instructions"),
    Curve("kept", "threshold", "%", {"lexical": [(0.0, 100.0), (1.0, 20.0)]}),
    Points("responses", _POINTS),
    Network("words", _POINTS, (1.0, 4.0, 2.0), ((0, 1, 0.5),)),
    HeatMap("together", ("a", "b"), ("a", "b"), ((1.0, -0.25), (-0.25, None))),
)


def _light(colour: str) -> float:
    """WCAG 2's relative luminance."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [light / 12.92 if light <= 0.04045 else ((light + 0.055) / 1.055) ** 2.4 for light in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """WCAG 2's ratio of two colours."""
    low, high = sorted((_light(first), _light(second)))
    return (high + 0.05) / (low + 0.05)


def test_words_can_be_read_on_every_shade_of_a_heat_map() -> None:
    shades = [shade(at / 500 - 1) for at in range(1001)]
    assert min(contrast(ink(ground), ground) for ground in shades) >= 4.5
    assert (shade(-7), shade(7)) == (shades[0], shades[-1]), "what lies outside is as what is outermost"


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: type(chart).__name__)
def test_a_chart_lies_within_its_ground_and_has_a_table_with_its_title(chart: Chart) -> None:
    made = draw_chart(chart)
    for shape in made.shapes:
        for name, size in (("x", made.width), ("cx", made.width), ("y", made.height), ("cy", made.height)):
            assert 0 <= float(shape.attributes.get(name, 0)) <= size, shape
    table = twin(chart)
    assert table.title == chart.title
    assert all(len(row) == len(table.columns) for row in table.rows)


def test_a_table_holds_every_number_of_its_chart() -> None:
    assert [twin(chart).rows for chart in CHARTS] == [
        ((0.0, 1.0, 3), (1.0, 2.0, 5)),
        (("count", 4.0), ("describe", 2.0)),
        ((0.0, 100.0), (1.0, 20.0)),
        (("one", "a", 0.0, 0.0), ("two", "b", 1.0, 2.0), ("none", "c", 2.0, 1.0)),
        (("a", "one", 1.0), ("b", "two", 4.0), ("c", "none", 2.0)),
        (("a", 1.0, -0.25), ("b", -0.25, None)),
    ]


def test_a_bar_is_as_long_as_its_number() -> None:
    widths = [float(shape.attributes["width"]) for shape in draw_chart(CHARTS[1]).shapes if shape.kind == "rect"]
    assert widths[0] == pytest.approx(2 * widths[1])


def test_labels_of_a_network_do_not_cover_each_other() -> None:
    words = tuple(f"word {number}" for number in range(12))
    nodes = tuple(Point(0.5 + number % 2 / 9, number / 99, "", word) for number, word in enumerate(words))
    shapes = draw_chart(Network("words", nodes, (1.0,) * 12, ())).shapes
    heights = sorted(float(shape.attributes["y"]) for shape in shapes if shape.kind == "text")
    assert min(below - above for above, below in pairwise(heights)) >= 15


def test_groups_differ_in_shape_as_well_as_in_colour() -> None:
    shapes = draw_chart(CHARTS[3]).shapes
    kinds = [(shape.kind, shape.attributes["class"]) for shape in shapes]
    assert kinds[-3:] == [("circle", "mark tone-0"), ("rect", "mark tone-1"), ("circle", "ring")]
    legend = [shape.text for shape in shapes if shape.kind == "text"]
    assert legend == ["in none", "one", "two"]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0, 10, [0, 2, 4, 6, 8, 10]), (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]), (-1, 1, [-1, -0.5, 0, 0.5, 1]), (3, 3, [3])],
)
def test_numbers_at_an_axis_are_round(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high) == pytest.approx(expected)


def test_a_small_histogram_is_told_in_words() -> None:
    bins = Bins((0.0, 0.5, 1.0), (1, 3))
    assert describe_histogram(bins) == "4 values from 0 to 1, most of them between 0.5 and 1"
    assert len(draw_small_histogram(bins).shapes) == 2
