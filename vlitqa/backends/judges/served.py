"""Judges and critics on an OpenAI-compatible server. What a sample says to them is looked at twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vlitqa.backends.chat.address import Address, address_of
from vlitqa.backends.chat.client import PATIENT, ChatServer, Patience
from vlitqa.backends.judges.answering import Answering, Manner
from vlitqa.backends.judges.prompt import LAYOUT, LONGEST_SAMPLE, demand_of, read_answer, schema_of
from vlitqa.backends.judges.suspicions import Suspicion, codes_of, masked, suspicions_in
from vlitqa.backends.judges.token_chances import Token, chances_of
from vlitqa.backends.judges.verdict_cache import VerdictCache
from vlitqa.contracts.tools import JudgeQuestion, Verdict
from vlitqa.storage.places import cache_folder

_MOST_TOKENS = 512
"""Of a reply: an answer needs twenty, a model that thinks aloud some more."""
_LISTED = 20
"""Alternatives of a token: the most that servers list."""
_SUSPECT = 1.5
"""Points that a suspicious sentence may move a judge."""


@dataclass(frozen=True, slots=True)
class ServerJudge:
    """A judge that sees the pictures of a sample."""

    address: Address
    patience: Patience = PATIENT

    @classmethod
    def of(cls, source: str) -> ServerJudge:
        return cls(address_of(source))

    def missing(self) -> tuple[str, str] | None:
        return self.address.missing()

    def fingerprint(self) -> str:
        return _fingerprint(self.address, "with pictures")

    def open(self) -> OpenJudge:
        return OpenJudge(_answering(self.address, self.patience, self.fingerprint()))


@dataclass(frozen=True, slots=True)
class ServerCritic:
    """A judge of texts alone."""

    address: Address
    patience: Patience = PATIENT

    @classmethod
    def of(cls, source: str) -> ServerCritic:
        return cls(address_of(source))

    def missing(self) -> tuple[str, str] | None:
        return self.address.missing()

    def fingerprint(self) -> str:
        return _fingerprint(self.address, "text only")

    def open(self) -> OpenJudge:
        return OpenJudge(_answering(self.address, self.patience, self.fingerprint()), sees=False)


@dataclass(frozen=True, slots=True)
class OpenJudge:
    """A judge that can be asked."""

    answering: Answering
    sees: bool = True

    def ask(self, questions: Sequence[JudgeQuestion]) -> Sequence[Verdict]:
        """One verdict for each question, in order.

        A sample that seems to speak to its judge is judged a second time without those sentences.
        """
        seen = questions if self.sees else [replace(each, pictures=()) for each in questions]
        found = [_suspicions(each) for each in seen]
        canaries = {
            at: replace(each, sample=masked(each.sample, spots))
            for at, (each, spots) in enumerate(zip(seen, found, strict=True))
            if spots and _are_numbers(each.answers)
        }
        verdicts = self.answering.answer([*seen, *canaries.values()])
        second = dict(zip(canaries, verdicts[len(seen) :], strict=True))
        return [
            _twice(verdict, second.get(at), codes_of(found[at])) for at, verdict in enumerate(verdicts[: len(seen)])
        ]


def _suspicions(question: JudgeQuestion) -> tuple[Suspicion, ...]:
    return suspicions_in(question.sample, question.answers) if len(question.sample) <= LONGEST_SAMPLE else ()


def _twice(verdict: Verdict, second: Verdict | None, codes: tuple[str, ...]) -> Verdict:
    """The lower of two verdicts if they lie far apart; the first one if not. Half a pair is no verdict."""
    if second is None or verdict.answer is None:
        return replace(verdict, suspicions=codes)
    if second.answer is None:
        return replace(second, suspicions=codes)
    if abs(float(verdict.answer) - float(second.answer)) <= _SUSPECT:
        return replace(verdict, suspicions=codes)
    lower = min(verdict, second, key=lambda each: float(each.answer or 0.0))
    return replace(lower, suspicions=(*codes, "injection_suspect"))


def _are_numbers(answers: Sequence[str]) -> bool:
    return all(each.removeprefix("-").replace(".", "", 1).isdecimal() for each in answers)


def _fingerprint(address: Address, sight: str) -> str:
    """The address is left out: the same model says the same wherever it is served."""
    return f"server {address.model}, {sight}, prompt {LAYOUT}, temperature 0 and then 1"


def _answering(address: Address, patience: Patience, fingerprint: str) -> Answering:
    manner = Manner(fingerprint, _demand, _schema, _read, _chances, _MOST_TOKENS, _LISTED)
    return Answering(ChatServer(address, patience), VerdictCache(cache_folder()), manner)


def _demand(question: JudgeQuestion) -> str:
    return demand_of(question.answers)


def _schema(question: JudgeQuestion) -> Mapping[str, Any]:
    return schema_of(question.answers)


def _read(reply: str, question: JudgeQuestion) -> tuple[str | None, str]:
    return read_answer(reply, question.answers)


def _chances(question: JudgeQuestion, tokens: Sequence[Token]) -> Mapping[str, float]:
    return chances_of(question.answers, tokens)
