"""Pictures as lists of shapes: what a template writes as SVG, every text escaped."""

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
    """What a text says, or a title that is shown over any other shape."""


@dataclass(slots=True)
class Drawing:
    """Shapes on a ground of some size."""

    width: float
    height: float
    shapes: list[Shape] = field(default_factory=list)

    def rect(self, box: tuple[float, float, float, float], style: str, title: str = "", fill: str = "") -> None:
        """Left, top, width and height."""
        names = ("x", "y", "width", "height")
        self._add("rect", {**dict(zip(names, box, strict=True)), "class": style, **_filled(fill)}, title)

    def line(self, start: tuple[float, float], end: tuple[float, float], style: str) -> None:
        ends = {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}
        self._add("line", {**ends, "class": style})

    def circle(self, middle: tuple[float, float], radius: float, style: str, title: str = "") -> None:
        self._add("circle", {"cx": middle[0], "cy": middle[1], "r": radius, "class": style}, title)

    def path(self, points: list[tuple[float, float]], style: str, title: str = "") -> None:
        steps = " ".join(f"{'L' if at else 'M'}{_written(x)} {_written(y)}" for at, (x, y) in enumerate(points))
        self._add("path", {"d": steps, "class": style}, title)

    def text(
        self, at: tuple[float, float], words: str, style: str = "", *, fill: str = "", turned: bool = False
    ) -> None:
        turn = {"transform": f"rotate(-40 {_written(at[0])} {_written(at[1])})"} if turned else {}
        own = style if fill else f"word {style}".strip()  # the class has a colour of its own
        self._add("text", {"x": at[0], "y": at[1], "class": own, **_filled(fill), **turn}, words)

    def _add(self, kind: str, attributes: Mapping[str, float | str], text: str = "") -> None:
        plain = {name: each if isinstance(each, str) else _written(each) for name, each in attributes.items()}
        self.shapes.append(Shape(kind, plain, text))


def _filled(colour: str) -> dict[str, str]:
    return {"fill": colour} if colour else {}


def _written(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
