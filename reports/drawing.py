"""Pictures as lists of shapes, which a template writes as SVG with every text escaped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Shape:
    """One element of SVG."""

    kind: str
    """`rect`, `line`, `circle`, `path` or `text`."""
    attributes: Mapping[str, str]
    text: str = ""
    """The words of a text, or the title of any other shape."""


@dataclass(slots=True)
class Drawing:
    """Shapes on a ground of some size."""

    width: float
    height: float
    shapes: list[Shape] = field(default_factory=list)

    def rect(self, box: tuple[float, float, float, float], style: str, title: str = "", fill: str = "") -> None:
        """Adds a rectangle by its left, top, width and height."""
        names = ("x", "y", "width", "height")
        self._add("rect", {**dict(zip(names, box, strict=True)), "class": style, **_fill_attribute(fill)}, title)

    def line(self, start: tuple[float, float], end: tuple[float, float], style: str) -> None:
        """Adds a straight line."""
        ends = {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}
        self._add("line", {**ends, "class": style})

    def circle(self, middle: tuple[float, float], radius: float, style: str, title: str = "") -> None:
        """Adds a circle."""
        self._add("circle", {"cx": middle[0], "cy": middle[1], "r": radius, "class": style}, title)

    def path(self, points: list[tuple[float, float]], style: str, title: str = "") -> None:
        """Adds a line through points."""
        steps = " ".join(f"{'L' if number else 'M'}{_decimal(x)} {_decimal(y)}" for number, (x, y) in enumerate(points))
        self._add("path", {"d": steps, "class": style}, title)

    def text(
        self, place: tuple[float, float], words: str, style: str = "", *, fill: str = "", turned: bool = False
    ) -> None:
        """Adds words; turned ones rise to the right."""
        turn = {"transform": f"rotate(-40 {_decimal(place[0])} {_decimal(place[1])})"} if turned else {}
        css_class = style if fill else f"word {style}".strip()  # the class has a colour of its own
        self._add("text", {"x": place[0], "y": place[1], "class": css_class, **_fill_attribute(fill), **turn}, words)

    def _add(self, kind: str, attributes: Mapping[str, float | str], text: str = "") -> None:
        plain = {name: value if isinstance(value, str) else _decimal(value) for name, value in attributes.items()}
        self.shapes.append(Shape(kind, plain, text))


def _fill_attribute(colour: str) -> dict[str, str]:
    return {"fill": colour} if colour else {}


def _decimal(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
