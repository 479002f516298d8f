"""Grounds an answer in its pictures: its nouns, and the place of what each names, if a detector finds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vlitqa.algorithms.denials import recognise
from vlitqa.algorithms.sentences import split_sentences
from vlitqa.contracts.detectors import Detection, Detector
from vlitqa.contracts.tools import Parser, Picture


@dataclass(frozen=True, slots=True)
class GroundedNoun:
    """A noun of an answer, and the best place of what it names."""

    noun: str
    detection: Detection | None = None
    """None where no picture shows it, as far as the detector can tell."""
    picture: int = 0
    """The position of the picture with this place."""


@dataclass(frozen=True, slots=True)
class AnswerGrounding:
    """The distinct nouns of an answer, in the order of the text, each with its place or none."""

    nouns: tuple[GroundedNoun, ...]
    is_read: bool = True
    """False where the parser cannot read the script of the answer, which then has no nouns here."""

    @property
    def groundedness(self) -> float | None:
        """The share of the nouns that were found; None for an answer without any."""
        return sum(noun.detection is not None for noun in self.nouns) / len(self.nouns) if self.nouns else None

    @property
    def hallucination(self) -> float | None:
        """The share of the nouns that were not found; None for an answer without any."""
        share = self.groundedness
        return None if share is None else 1 - share


def ground_answer(answer: str, pictures: Sequence[Picture], parser: Parser, detector: Detector) -> AnswerGrounding:
    """Looks in all pictures for what an answer says is there; of several places of a thing the surest is taken.

    Sentences that say that something is not there, such as `There is no dog.`, are left out with all their nouns.
    """
    counts = parser.count([sentence for sentence in split_sentences(answer) if not recognise("", sentence).denies])
    nouns = tuple(dict.fromkeys(noun for count in counts for noun in count.objects))
    if not nouns:
        return AnswerGrounding((), all(count.is_read for count in counts))
    by_picture = [detector.find(picture, nouns) for picture in pictures]
    surest = (_surest(noun, [row[place] for row in by_picture]) for place, noun in enumerate(nouns))
    return AnswerGrounding(tuple(surest))


def _surest(noun: str, detections: Sequence[Detection | None]) -> GroundedNoun:
    """The surest place of a noun among those in all pictures; the first of equals."""
    places = [(detection.score, -picture) for picture, detection in enumerate(detections) if detection]
    if not places:
        return GroundedNoun(noun)
    picture = -max(places)[1]
    return GroundedNoun(noun, detections[picture], picture)
