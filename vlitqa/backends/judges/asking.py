"""Questions to any judge, served or local; a sample that seems to speak to its judge is judged twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from vlitqa.backends.judges.prompt import LONGEST_SAMPLE
from vlitqa.backends.judges.suspicions import Suspicion, find_suspicions, mask_sentences, suspicion_codes
from vlitqa.contracts.tools import JudgeQuestion, Verdict

_LARGEST_SHIFT = 1.5
"""Points by which suspicious sentences may change a grade before it counts as moved by them."""


class Answerer(Protocol):
    """A model that answers questions, whether it is served or runs on this machine."""

    def answer(self, questions: Sequence[JudgeQuestion]) -> Sequence[Verdict]:
        """Returns one verdict for every question, in their order."""
        ...


@dataclass(frozen=True, slots=True)
class OpenJudge:
    """A judge that is ready to be asked."""

    answerer: Answerer
    sees_pictures: bool = True

    def ask(self, questions: Sequence[JudgeQuestion]) -> Sequence[Verdict]:
        """Returns one verdict for every question, in their order.

        A sample that seems to speak to its judge is judged a second time with those sentences masked.
        """
        visible = questions if self.sees_pictures else [replace(question, pictures=()) for question in questions]
        suspicions = [_suspicions_of(question) for question in visible]
        masked = {
            place: replace(question, sample=mask_sentences(question.sample, spots))
            for place, (question, spots) in enumerate(zip(visible, suspicions, strict=True))
            if spots and _are_numbers(question.answers)
        }
        verdicts = self.answerer.answer([*visible, *masked.values()])
        second_verdicts = dict(zip(masked, verdicts[len(visible) :], strict=True))
        return [
            _reconcile(verdict, second_verdicts.get(place), suspicion_codes(suspicions[place]))
            for place, verdict in enumerate(verdicts[: len(visible)])
        ]


def _suspicions_of(question: JudgeQuestion) -> tuple[Suspicion, ...]:
    return find_suspicions(question.sample, question.answers) if len(question.sample) <= LONGEST_SAMPLE else ()


def _reconcile(verdict: Verdict, second: Verdict | None, codes: tuple[str, ...]) -> Verdict:
    """Returns the lower of two verdicts that lie far apart, and the first otherwise; half a pair is no verdict."""
    if second is None or verdict.answer is None:
        return replace(verdict, suspicions=codes)
    if second.answer is None:
        return replace(second, suspicions=codes)
    if abs(float(verdict.answer) - float(second.answer)) <= _LARGEST_SHIFT:
        return replace(verdict, suspicions=codes)
    lower = verdict if float(verdict.answer) <= float(second.answer) else second
    return replace(lower, suspicions=(*codes, "injection_suspect"))


def _are_numbers(answers: Sequence[str]) -> bool:
    return all(answer.removeprefix("-").replace(".", "", 1).isdecimal() for answer in answers)
