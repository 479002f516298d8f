"""The blocks of the first screen: each principle of good data with its figure, and where that lies among others."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass


@dataclass(frozen=True, slots=True)
class Tick:
    """A value on a strip."""

    name: str
    value: float
    text: str
    """The value as it is written."""
    is_here: bool = False
    """True for the dataset of the page, false for a published one."""


@dataclass(frozen=True, slots=True)
class Strip:
    """One figure of several datasets on a line, from the lowest to the highest."""

    ticks: tuple[Tick, ...]
    interval: tuple[float, float] | None = None
    """The interval of the dataset of the page."""

    def sign_before(self, place: int) -> str:
        """The sign between a value and the one below it; the interval of the dataset of the page tells none in it."""
        below, tick = self.ticks[place - 1], self.ticks[place]
        if below.text == tick.text:
            return "="
        published = tick if below.is_here else below if tick.is_here else None
        is_inside = published and self.interval and self.interval[0] <= published.value <= self.interval[1]
        return "≈" if is_inside else "<"

    def words(self) -> str:
        """The same in words."""
        return ", ".join(f"{tick.name} {tick.text}" for tick in self.ticks)


@dataclass(frozen=True, slots=True)
class Measure:
    """The figure that stands for a principle or beside it, or the reason why there is none."""

    name: str
    value: str
    _: KW_ONLY
    better: str = ""
    """The better direction, as an arrow and in words."""
    interval: str = ""
    sentence: str = ""
    """The meaning of the value."""
    note: str = ""
    """The unit, the tools, or the reason why there is no value."""
    command: str = ""
    """The command that measures it; empty where a command alone does not."""
    strip: Strip | None = None
    level: str = ""


@dataclass(frozen=True, slots=True)
class Principles:
    """The principles in their order, each with its figures."""

    panels: tuple[tuple[str, tuple[Measure, ...]], ...]

    @property
    def has_strips(self) -> bool:
        """True if any figure stands among those of published datasets."""
        return any(measure.strip for _, measures in self.panels for measure in measures)
