"""The content of charts, whatever draws them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Bins:
    """The number of values in each of some even intervals."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    of_whole_numbers: bool = False
    """True if the edges lie half way between whole numbers, which all values are."""

    def ends(self) -> list[tuple[float, float]]:
        """The least and the greatest value that each bin holds: of whole numbers those between its edges."""
        margin = 0.5 if self.of_whole_numbers else 0.0
        return [(low + margin, high - margin) for low, high in pairwise(self.edges)]


@dataclass(frozen=True, slots=True)
class Histogram:
    """A distribution of values."""

    title: str
    bins: Bins
    unit: str = ""
    counted: str = "records"
    """The things whose values these are."""


@dataclass(frozen=True, slots=True)
class Bars:
    """Amounts of named things, one bar each."""

    title: str
    items: tuple[tuple[str, float], ...]
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Curve:
    """Lines over one axis."""

    title: str
    across: str
    up: str
    lines: Mapping[str, Sequence[tuple[float, float]]]


@dataclass(frozen=True, slots=True)
class Point:
    """A named thing in a plane."""

    x: float
    y: float
    group: str
    label: str


@dataclass(frozen=True, slots=True)
class Points:
    """Things in a plane, coloured by their groups; the axes have no unit."""

    title: str
    points: tuple[Point, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Network:
    """A graph of named things."""

    title: str
    nodes: tuple[Point, ...]
    sizes: tuple[float, ...]
    edges: tuple[tuple[int, int, float], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A number between -1 and 1 for every pair of named things; None where there is none."""

    title: str
    across: tuple[str, ...]
    down: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]
    """A row for each of `down`."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Scatter:
    """Named things by two numbers of each, with the line through them and the band of the lines without one of them."""

    title: str
    axes: tuple[str, str]
    ends: tuple[tuple[float, float], tuple[float, float]]
    """Where both axes begin and end."""
    points: tuple[Point, ...]
    spreads: tuple[float | None, ...]
    """Of each point: the standard deviation of the second number, if it is known."""
    _: KW_ONLY
    groups: tuple[str, ...]
    """In the order of their marks."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Dot:
    """A number of a named thing with its interval."""

    label: str
    value: float | None
    interval: tuple[float, float] | None = None
    group: str = ""
    reason: str = ""
    """Why there is no value."""


@dataclass(frozen=True, slots=True)
class Dots:
    """Numbers of named things on one axis, a line for each name."""

    title: str
    across: str
    dots: tuple[Dot, ...]
    level: Dot | None = None
    """The number that all others are held against."""
    note: str = ""


Chart = Histogram | Bars | Curve | Points | Network | HeatMap | Scatter | Dots
