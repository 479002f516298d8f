"""The promises that the parts of vlitqa make to each other; reading this page is reading the system.

A line becomes a Record (Format), a Record becomes Measurements (Metric, with Tools), an Engine says where that work
runs, and a Metric combines its measurements into the Summary of a dataset.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from msgspec import Struct

from vlitqa.records import ImageRef, Place, Record, Row
from vlitqa.results import Measurement, Summary

if TYPE_CHECKING:
    import numpy as np


class Format(Protocol):
    """One shape of rows. Exactly one format recognises a good row."""

    @property
    def name(self) -> str: ...

    def recognises(self, row: Row) -> bool:
        """Whether the row has this shape, judged by its content alone."""
        ...

    def read(self, row: Row, *, place: Place) -> Record:
        """The record of a row; raises RejectedRecord with line and field where there is none."""
        ...

    def write(self, record: Record) -> Row:
        """The row of a record: untouched if it was read, built anew if it came from elsewhere."""
        ...


@dataclass(frozen=True, slots=True)
class Card:
    """What a metric says of itself."""

    name: str
    version: int
    """Raised whenever the same record could get another measurement."""
    lowest: float = 0.0
    highest: float = float("inf")
    image_side: int | None = None
    """The smallest side in pixels at which images may be decoded; None where no image is looked at."""
    packages: tuple[str, ...] = ()
    """Installed packages whose version can change a measurement."""


class Metric(Protocol):
    """One idea of data quality; a frozen dataclass whose fields are its parameters.

    A measurement's evidence is all that `combine` needs, so the measurements of two parts of a dataset, put
    together in any order, give the summary of the whole.
    """

    card: ClassVar[Card]

    def measure(self, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
        """One measurement for each record, in order, whatever the batch."""
        ...

    def combine(self, measurements: Iterable[Measurement]) -> Summary:
        """The summary of a dataset; an empty dataset has figures without values."""
        ...


@dataclass(frozen=True, slots=True)
class Picture:
    """One decoded image."""

    width: int
    height: int
    format: str
    frames: int
    digest: str
    """SHA-256 of the file, 16 hexadecimal digits of it."""
    pixels: np.ndarray[Any, np.dtype[np.uint8]]
    """RGB, possibly scaled down.  # (height, width, 3)"""


class Images(Protocol):
    """Opens images safely and decodes each once."""

    def look(self, ref: ImageRef) -> Picture:
        """The decoded image; raises ImageFault where it cannot be had."""
        ...

    def stamp(self, ref: ImageRef) -> str:
        """Changes whenever the image does; cheap, without decoding."""
        ...


class Tools(Protocol):
    """What a metric may use besides its records; opened once in every worker."""

    @property
    def images(self) -> Images: ...


class Task(Struct, frozen=True, gc=False):
    """A record and the metrics, by position, that it still needs."""

    record: Record
    wanted: tuple[int, ...]


Outcome = tuple[Measurement, ...]
"""One measurement for each wanted metric of a task."""


class Work(Protocol):
    """What an engine runs: picklable, without state of its own."""

    def __call__(self, tasks: Sequence[Task]) -> list[Outcome]: ...

    def lost(self, task: Task, reason: str) -> Outcome:
        """What stands in for a task that killed every worker it was given to."""
        ...


class Engine(Protocol):
    """Where work runs. Results come in order, with a bounded number of batches in flight."""

    @property
    def workers(self) -> int: ...

    def map(self, work: Work, batches: Iterable[Sequence[Task]]) -> Iterator[list[Outcome]]: ...


Observer = Callable[[int, int, float], None]
"""Told of records done, rows rejected and the share of the file that was read."""
