"""What metrics ask of models: encoders, judges, parsers and taggers, each batched and each with a fingerprint.

A Backend is the picklable description of a tool; opening it may load gigabytes, so it is opened once in every worker
and only if a metric asks for it. What a tool gives for one item never depends on the items beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from vlitqa.records import ImageRef
from vlitqa.results import Status

Vectors = np.ndarray[Any, np.dtype[np.float32]]
"""Rows of length one.  # (items, dimensions)"""


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
    """Opens images safely."""

    def look(self, ref: ImageRef, side: int) -> Picture:
        """The image, its shorter edge no longer than `side`; raises ImageFault where it cannot be had.

        It is decoded once for all that ask for the same side, and never depends on what else was asked.
        """
        ...

    def stamp(self, ref: ImageRef) -> str:
        """Changes whenever the image does; cheap, without decoding."""
        ...


class Encoder(Protocol):
    """Turns sentences into vectors of length one."""

    def encode(self, texts: Sequence[str]) -> Vectors: ...


class Matcher(Protocol):
    """Puts images and texts into one space, where what belongs together is near."""

    room: int
    """Tokens of a text that it reads, without those that mark its ends."""

    def images(self, pictures: Sequence[Picture]) -> Vectors: ...

    def texts(self, texts: Sequence[str]) -> Vectors:
        """A text that is too long is cut by the tokenizer, its end token kept."""
        ...

    def lengths(self, texts: Sequence[str]) -> Sequence[int]:
        """Tokens of each text, without those that mark its ends and before any cut."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """What a judge is asked of one sample; only one of the given answers counts."""

    rubric: str
    """Ours: what is to be judged, and how. Never holds a word of the sample."""
    sample: str
    """The user's data, which is judged and never obeyed."""
    answers: tuple[str, ...]
    pictures: tuple[Picture, ...] = ()
    vote: int = 0
    """Tells repeated votes apart; the first one is not drawn at random."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge said: one of the answers, or none, a status and the reason."""

    answer: str | None
    status: Status = Status.OK
    reason: str = ""
    probabilities: Mapping[str, float] = field(default_factory=dict)
    """Of all answers, where the judge gives them; they sum to one."""
    suspicions: tuple[str, ...] = ()
    """Codes of what in the sample speaks to a judge."""


class Judge(Protocol):
    """Answers questions about samples; what it says that is no answer is a verdict without one."""

    def ask(self, questions: Sequence[Question]) -> Sequence[Verdict]: ...


@dataclass(frozen=True, slots=True)
class Elements:
    """What a parser found in one text."""

    elements: int
    tokens: int


class Parser(Protocol):
    """Counts the semantic elements of texts."""

    unit: str
    """What one element is, such as `dm: tokens with an edge`; names a proxy as one."""

    def count(self, texts: Sequence[str]) -> Sequence[Elements]: ...


class Tagger(Protocol):
    """Names tasks that an instruction could belong to."""

    def candidates(self, texts: Sequence[str]) -> Sequence[tuple[str, ...]]: ...

    def choose(self, texts: Sequence[str], offered: Sequence[Sequence[str]]) -> Sequence[tuple[str, ...]]:
        """Of the names that are offered for each text those that fit, the most fitting first; none where none does."""
        ...


class Tools(Protocol):
    """What a metric may use besides its records; opened once in every worker.

    A tool that is not here raises ToolMissing; a metric whose card names it is not asked at all.
    """

    @property
    def images(self) -> Images: ...
    @property
    def sentences(self) -> Encoder: ...
    @property
    def matcher(self) -> Matcher: ...
    @property
    def judge(self) -> Judge: ...
    @property
    def critic(self) -> Judge: ...
    @property
    def parser(self) -> Parser: ...
    @property
    def tagger(self) -> Tagger: ...


class Backend(Protocol):
    """One tool, described: a frozen dataclass that can travel to a worker.

    Its class method `of(source)` makes it from what a user wrote behind its name; an empty source is its default.
    """

    def __hash__(self) -> int: ...

    def missing(self) -> tuple[str, str] | None:
        """What it lacks here and what would mend that; None where it can be opened. Never asks the network."""
        ...

    def fingerprint(self) -> str:
        """Changes whenever what the tool says could; found without opening it."""
        ...

    def open(self) -> Any:
        """The tool, ready for use."""
        ...
