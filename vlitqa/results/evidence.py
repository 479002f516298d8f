"""Typed evidence: what metrics keep of a record, as far as pages, the gallery and selection read it.

A measurement holds its evidence as plain JSON, so that workers, the cache and the tables of a run need no types. A
metric builds the type and stores its builtins; whoever reads it converts it back by `evidence_of`. Evidence that only
its own metric reads stands beside that metric.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import GenericAlias
from typing import TypeVar

import msgspec
from msgspec import Struct

from vlitqa.results.scorecard import Measurement


class TypedEvidence(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A part of evidence: a JSON object that leaves out what is its default, the empty tuple where that is one."""


class EvidenceRow(TypedEvidence, frozen=True, array_like=True):
    """A part of evidence that is kept as a list, because records have many of them."""


Kind = TypeVar("Kind")


def evidence_of(measurement: Measurement, kind: type[Kind]) -> Kind:
    """The evidence of a measurement; raises ValueError, with the row and the field, where it is damaged."""
    try:
        return msgspec.convert(measurement.evidence, kind)
    except msgspec.ValidationError as error:
        raise ValueError(f"the evidence of row {measurement.place.row + 1} is damaged: {error}") from None


def all_evidence_of(measurements: Sequence[Measurement], kind: type[Kind]) -> list[Kind]:
    """The evidence of many measurements, read together, which takes half the time of one by one; raises as well."""
    together: type[list[Kind]] = GenericAlias(list, (kind,))  # type: ignore[assignment]  # what list[kind] is
    try:
        return msgspec.convert([measurement.evidence for measurement in measurements], together)
    except msgspec.ValidationError:
        return [evidence_of(measurement, kind) for measurement in measurements]  # one of them names its row


class NoEvidence(TypedEvidence, frozen=True):
    """The evidence of a metric that needs none."""


class PictureQuality(EvidenceRow, frozen=True, kw_only=True):
    """The size of an image that opens, and how it looks."""

    width: int
    height: int
    format: str
    brightness: float
    """Mean grey value of 255."""
    sharpness: float
    """Variance of the Laplacian."""


class RecordingCheck(EvidenceRow, frozen=True):
    """A video or a sound of a record: whether it can be played, and its length."""

    kind: str
    fault: str
    """The code of its fault; empty for one that can be played."""
    seconds: float = 0.0


class IntegrityEvidence(TypedEvidence, frozen=True, kw_only=True):
    """The faults of a record, and its images."""

    codes: Sequence[str] = ()
    images: Mapping[str, int] = {}
    """The number of images that open, under `ok`, and of those with a fault, under its code."""
    pictures: Sequence[PictureQuality] = ()
    recordings: Sequence[RecordingCheck] = ()
    boxes: Sequence[tuple[float, float, float, float]] = ()
    """Those in its responses, in the numbers of the row."""
    group: str = ""


class DuplicatesEvidence(TypedEvidence, frozen=True, kw_only=True):
    """The identity of the text and of the images of a record."""

    text: str
    """A digest of its turns."""
    images: Sequence[Sequence[str]] = ()
    """Of each image its digest, or its name where it cannot be opened; then its perceptual hash, where it has one."""
    responses: Sequence[str] | None = None
    """Those that are short; None where near copies are not looked for."""
    near: str = ""
    """The MinHash signature of its text; empty where it has too few words."""

    def image_digests(self) -> list[str]:
        """The digest or the name of each image."""
        return [identity[0] for identity in self.images]

    def image_hashes(self) -> list[tuple[str, int]]:
        """The digest and the perceptual hash of each image that has one."""
        return [(identity[0], int(identity[1], 16)) for identity in self.images if len(identity) > 1]


class VoteCount(EvidenceRow, frozen=True):
    """The votes of a judge that call a turn correct, and those that call it incorrect."""

    correct: int
    incorrect: int


class JudgedTurn(TypedEvidence, frozen=True, kw_only=True):
    """The verdict on a turn, and on its copy with blank images where it was judged too; 1 stands for correct."""

    turn: int
    right: int
    agreed: float | None
    """The share that agrees of the pairs of its first votes, which are cast whatever they are; None for one vote."""
    votes: VoteCount
    blank: int | None = None
    """The verdict with blank images."""
    chance: float | None = None
    """The judge's own probability of correct."""
    suspicions: Sequence[str] = ()
    """Codes of what in the turn speaks to a judge."""


class AccuracyEvidence(TypedEvidence, frozen=True, kw_only=True):
    """The judged turns of a record."""

    turns: Sequence[JudgedTurn]
    group: str
    unjudged: int = 0


class GradedTurn(TypedEvidence, frozen=True, kw_only=True):
    """The grade of a turn."""

    grade: int
    expected: float | None = None
    """The mean of all grades by their probabilities, where the critic gives any."""
    suspicions: Sequence[str] = ()
    """Codes of what in the turn speaks to a grader."""


class DifficultyEvidence(TypedEvidence, frozen=True, kw_only=True):
    """The graded turns of a record."""

    turns: Sequence[GradedTurn]
    group: str
    ungraded: int = 0


class InstructionWords(EvidenceRow, frozen=True):
    """The content words of the instruction of a turn, and its packed vector."""

    turn: int
    words: str
    vector: str


class InstructionsEvidence(TypedEvidence, frozen=True, kw_only=True):
    """The instructions of a record."""

    turns: Sequence[InstructionWords]
    group: str


class ResponseVector(EvidenceRow, frozen=True):
    """The packed vector of the response of a turn."""

    turn: int
    vector: str


class ResponsesEvidence(TypedEvidence, frozen=True, kw_only=True):
    """The responses of a record."""

    turns: Sequence[ResponseVector]
    group: str


class HalvesCount(EvidenceRow, frozen=True):
    """A number of things in the instructions of a record, and in its responses."""

    instructions: int
    responses: int


class TurnHalves(EvidenceRow, frozen=True, kw_only=True):
    """The images in both halves of a turn, and which half it has."""

    instruction_images: int
    response_images: int
    has_instruction: bool
    has_response: bool


class StatisticsEvidence(TypedEvidence, frozen=True, kw_only=True):
    """The size of a record."""

    tokens: HalvesCount
    words: HalvesCount
    messages: int
    pictures: int
    """Its images; the frames of a video are none."""
    recordings: int = 0
    """Its videos and sounds."""
    has_unread_media: bool = False
    """True if it names a video, a sound or another recording that is not read."""
    group: str = ""
    """The image of the record, with others of which it stands or falls; empty where it has none."""
    begun: Sequence[str]
    """The first words of each instruction."""
    by_turn: Sequence[TurnHalves]
