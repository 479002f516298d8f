"""The tools that metrics use: images, encoders, judges, parsers and taggers, all of them batched.

A Backend is the picklable description of a tool; opening it may load gigabytes, so it is opened once in every worker
and only if a metric asks for it. What a tool gives for one item never depends on the other items of the call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Protocol

import numpy as np

from vlitqa.contracts.recordings import Recordings
from vlitqa.records import ImageRef
from vlitqa.results import Status

Vectors = np.ndarray[Any, np.dtype[np.float32]]
"""One vector of length one for every item.  # (items, dimensions)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One decoded image."""

    width: int
    height: int
    format: str
    frames: int
    digest: str
    """The first 16 hexadecimal digits of the SHA-256 of the file, or of the pixels of a frame."""
    pixels: np.ndarray[Any, np.dtype[np.uint8]]
    """RGB, possibly scaled down.  # (height, width, 3)"""


class Images(Protocol):
    """Opens images safely, and frames of videos."""

    def look(self, ref: ImageRef, side: int) -> Picture:
        """Returns the image, its shorter edge no longer than `side`; raises ImageFault where there is none to show.

        An image is decoded once for all callers that ask for the same side, and never depends on earlier calls.
        """
        ...

    def fingerprint(self, ref: ImageRef) -> str:
        """A text that changes whenever the image does; cheap, without decoding."""
        ...


class Encoder(Protocol):
    """Turns sentences into vectors of length one."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Returns the vector of every text, in their order."""
        ...


class Matcher(Protocol):
    """Puts images and texts into one space, in which a picture lies near its description."""

    max_tokens: int
    """The most tokens of a text that are read, not counting its start and end token."""

    def images(self, pictures: Sequence[Picture]) -> Vectors:
        """Returns the vector of every picture, in their order."""
        ...

    def texts(self, texts: Sequence[str]) -> Vectors:
        """Returns the vector of every text; the tokenizer cuts a text that is too long and keeps its end token."""
        ...

    def lengths(self, texts: Sequence[str]) -> Sequence[int]:
        """Counts the tokens of every text before any cut, without its start and end token."""
        ...


@dataclass(frozen=True, slots=True)
class JudgeQuestion:
    """A question to a judge about one sample, with the only answers that count."""

    rubric: str
    """Our own words: what is to be judged, and how. It never holds a word of the sample."""
    sample: str
    """The user's data, which is judged and never obeyed."""
    answers: tuple[str, ...]
    _: KW_ONLY
    pictures: tuple[Picture, ...] = ()
    vote: int = 0
    """The number of a repeated vote; vote 0 is the most probable answer, all others are drawn at random."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judge's answer to one question, or no answer with a status and a reason."""

    answer: str | None
    status: Status = Status.OK
    reason: str = ""
    _: KW_ONLY
    probabilities: Mapping[str, float] = field(default_factory=dict)
    """The probability of every answer, where the judge gives them; they sum to one."""
    suspicions: tuple[str, ...] = ()
    """Codes of the phrases in the sample that seem to speak to its judge."""


class Judge(Protocol):
    """Answers questions about samples; a reply that is no answer becomes a verdict without an answer."""

    def ask(self, questions: Sequence[JudgeQuestion]) -> Sequence[Verdict]:
        """Returns one verdict for every question, in their order."""
        ...


@dataclass(frozen=True, slots=True)
class ElementCount:
    """The numbers of semantic elements and of tokens in one text, and the objects that it is about."""

    elements: int
    tokens: int
    objects: tuple[str, ...] = ()
    """The noun of each, in the singular and in the order of the text; one that is named twice stands there twice."""
    predicates: tuple[str, ...] = ()
    """The base form of each predicate's verb, in the order of the text, but for `be` alone."""
    _: KW_ONLY
    is_read: bool = True
    """False for a text in a script that the parser does not read: it says nothing of its elements and objects."""


class Parser(Protocol):
    """Counts the semantic elements of texts, and names the objects that they are about and their predicates."""

    unit: str
    """The definition of one element, such as `dm: tokens with an edge`; a proxy is called a proxy."""
    object_unit: str
    """The definition of one object, such as `srl: arguments that name a thing`; a proxy is called a proxy."""

    def count(self, texts: Sequence[str]) -> Sequence[ElementCount]:
        """Counts the elements and tokens of every text and names its objects and predicates, in their order."""
        ...


class Tagger(Protocol):
    """Names tasks that an instruction could belong to."""

    def candidates(self, texts: Sequence[str]) -> Sequence[tuple[str, ...]]:
        """Names the tasks of every text in its own words, the most fitting first."""
        ...

    def choose(self, texts: Sequence[str], offered: Sequence[Sequence[str]]) -> Sequence[tuple[str, ...]]:
        """Chooses from the names offered for every text those that fit, the most fitting first, or none."""
        ...


class Tools(Protocol):
    """The tools that a metric may use besides its records; opened once in every worker.

    An absent tool raises ToolMissing when it is used; a metric whose card names an absent tool is not run at all.
    """

    @property
    def images(self) -> Images:
        """Opens the images of records, and frames of their videos."""
        ...

    @property
    def recordings(self) -> Recordings:
        """Opens the videos and sounds of records."""
        ...

    @property
    def sentences(self) -> Encoder:
        """Encodes sentences."""
        ...

    @property
    def matcher(self) -> Matcher:
        """Encodes pictures and texts into one space."""
        ...

    @property
    def judge(self) -> Judge:
        """Judges samples with their pictures."""
        ...

    @property
    def critic(self) -> Judge:
        """Judges the text of samples alone."""
        ...

    @property
    def parser(self) -> Parser:
        """Counts semantic elements and names objects."""
        ...

    @property
    def tagger(self) -> Tagger:
        """Names the tasks of instructions."""
        ...


@dataclass(frozen=True, slots=True)
class Lack:
    """What a tool lacks on this machine, and how to repair that."""

    what: str
    repair: str


class Backend(Protocol):
    """The description of one tool: a frozen dataclass that can be sent to a worker.

    Its class method `of(source)` makes it from the source that a user wrote behind its name, empty for the default.
    """

    def __hash__(self) -> int: ...

    def missing(self) -> Lack | None:
        """Returns what it lacks here, or None if it can be opened; never asks the network."""
        ...

    def fingerprint(self) -> str:
        """A text that changes whenever the tool's results could; found without opening it."""
        ...

    def open(self) -> Any:
        """Loads the tool and returns it, ready for use."""
        ...
