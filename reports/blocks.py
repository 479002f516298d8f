"""The blocks that a page is made of: they say what is shown, and know nothing of how it is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from reports.chart_blocks import Bins, Chart
from reports.pair_blocks import PairDetail, PairMap
from reports.principle_blocks import Principles
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
    """The numbers of the first screen."""

    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """A whole and the parts that add up to it."""

    title: str
    parts: tuple[tuple[str, int, str], ...]
    """Name, count and level of each."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A fault of some rows, and the command that removes it."""

    level: str
    code: str
    rows: int
    share: float | None
    meaning: str
    where: str
    command: str = ""
    """The command that removes the rows; empty where no selection can."""
    shown_as: str = ""
    """The reason under which such rows stand among the samples; empty where none do."""


@dataclass(frozen=True, slots=True)
class Alerts:
    """Faults of rows, one below the other."""

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


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number and its unit; a table is sorted by the number."""

    value: float
    unit: str
    is_share: bool = False
    """True if it is shown in percent."""
    text: str = ""
    """The number as it is written, where it should have other digits than numbers have."""
    mark: str = ""
    """A word for a cell that stands out."""


Cell = str | int | float | None | Code | Help | Bins | Strong | Quantity


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; numbers stand to the right."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Notations:
    """The same content in several notations, each with a button that copies it."""

    texts: tuple[tuple[str, str], ...]
    """The name of a notation, and the text."""


@dataclass(frozen=True, slots=True)
class CopyGroups:
    """Groups of rows that repeat each other, side by side."""

    title: str
    groups: tuple[tuple[str, tuple[int, ...]], ...]
    """A name and the first rows of each group, counted from 0; those among the samples of the page are shown."""


@dataclass(frozen=True, slots=True)
class MetricOnRow:
    """The value of one metric in one row."""

    metric: str
    value: float | None
    share_below: float = 0.0
    """The share of all measured rows with a lower value; rows with an equal value count half."""
    counts: str = ""
    """The thing that the value counts."""
    is_share: bool = False
    """True if the value is shown in percent."""
    comment: str = ""
    """The reason why there is no value, or a comment on it."""


@dataclass(frozen=True, slots=True)
class Score:
    """A metric as the explorer offers it: the value of every row, and which direction is better."""

    metric: str
    direction: str
    values: np.ndarray[Any, np.dtype[np.float64]]
    """NaN where a row has none."""
    is_share: bool = False
    """True if a value is shown in percent; rules take it from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Explorer:
    """Rows to look at, and the scores of all rows to choose by."""

    exhibits: tuple[Exhibit, ...]
    """Those first that should be seen first."""
    rows: tuple[int, ...]
    """Counted from 0: those with a record."""
    ids: tuple[str, ...]
    scores: tuple[Score, ...]
    metrics: Mapping[int, tuple[MetricOnRow, ...]] = field(default_factory=dict)
    """By row: the value of every metric."""
    tasks: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """By row: the tasks of its instructions."""
    command: str = ""
    """The command line that a rule is appended to."""
    left_out: int = 0
    """Rows that are not shown because the page would be too large."""


@dataclass(frozen=True, slots=True)
class TalkPicture:
    """A picture of a conversation as WebP, and what is written below it."""

    title: str
    webp: bytes


SaidPart = str | TalkPicture


@dataclass(frozen=True, slots=True)
class Utterance:
    """What one side of a conversation said, showed and drew at once."""

    speaker: str
    parts: tuple[SaidPart, ...]


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation from its beginning."""

    utterances: tuple[Utterance, ...]


@dataclass(frozen=True, slots=True)
class Fold:
    """Blocks that are unfolded by those who want them."""

    title: str
    blocks: tuple[Block, ...]


Block = (
    Prose
    | Notice
    | Tiles
    | Parts
    | Alerts
    | Grid
    | Chart
    | Notations
    | CopyGroups
    | Explorer
    | Fold
    | Talk
    | PairMap
    | PairDetail
    | Principles
)
