"""What a page is made of: blocks that say what is shown, and know nothing of how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from reports.chart_blocks import Bins, Chart
from vlitqa.runs.gallery import Exhibit


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence that must not be missed."""

    text: str
    level: str = "note"
    """`error`, `warning` or `note`."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One number of the first screen."""

    label: str
    value: str
    note: str = ""
    link: str = ""
    """The section that says more."""
    level: str = ""


@dataclass(frozen=True, slots=True)
class Tiles:
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """A whole and the parts that add up to it."""

    title: str
    parts: tuple[tuple[str, int, str], ...]
    """Name, count and level of each."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that is wrong with some rows, and what removes it."""

    level: str
    code: str
    rows: int
    share: float | None
    meaning: str
    where: str
    command: str = ""
    """The line that removes the rows; empty where no selection can."""
    shown_as: str = ""
    """Why such rows are among the samples; empty where none are."""


@dataclass(frozen=True, slots=True)
class Alerts:
    alerts: tuple[Alert, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Text that is typed or copied."""

    text: str


@dataclass(frozen=True, slots=True)
class Help:
    """A word with an explanation to unfold."""

    word: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Strong:
    """A cell that stands out, and is said to do so."""

    text: str
    mark: str


Cell = str | int | float | None | Code | Help | Bins | Strong


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; numbers stand to the right."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Copies:
    """Groups of rows that repeat each other, one beside the other."""

    title: str
    groups: tuple[tuple[str, tuple[int, ...]], ...]
    """What each group is, and its first rows, counted from 0: shown are those among the samples of the page."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one metric says of one row."""

    metric: str
    value: float | None
    below: float = 0.0
    """The share of all measured rows that have less; of those that have as much, half."""
    words: str = ""
    """Why there is no value, or what is to be said beside it."""


@dataclass(frozen=True, slots=True)
class Score:
    """A metric as the explorer offers it: the value of every row, and which direction is better."""

    metric: str
    direction: str
    values: np.ndarray[Any, np.dtype[np.float64]]
    """NaN where a row has none."""


@dataclass(frozen=True, slots=True)
class Explorer:
    """Rows to look at, and the scores of all rows to choose by."""

    exhibits: tuple[Exhibit, ...]
    """Those first that should be seen first."""
    rows: tuple[int, ...]
    """Counted from 0: those with a record."""
    ids: tuple[str, ...]
    scores: tuple[Score, ...]
    told: Mapping[int, tuple[Told, ...]] = field(default_factory=dict)
    """By row: what the metrics say of it."""
    tasks: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """By row: the tasks of its instructions."""
    command: str = ""
    """What a rule is written behind to make it a selection."""
    left_out: int = 0
    """Rows that were to be shown and would make the page too large."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Blocks that are unfolded by those who want them."""

    title: str
    blocks: tuple[Block, ...]


Block = Prose | Notice | Tiles | Parts | Alerts | Grid | Chart | Copies | Explorer | Fold
