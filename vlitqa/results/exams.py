"""Questions of a benchmark, answers to them, their marks, and the result of an exam."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Literal

import msgspec

from vlitqa.results import Figure

RankedBy = Literal["mean", "sum"]
"""What options are ranked by: the mean of the log-likelihoods of their tokens, or the sum."""
READ_OTHERWISE = "another of the rules in use reads the answer otherwise"
EMPTY_ANSWER = "the answer is empty"
"""Quirks that any benchmark may have."""


@dataclass(frozen=True, slots=True)
class ExamQuestion:
    """One question of a benchmark, with the answers that its graders take for right."""

    key: str
    """The name by which answers refer to it; questions with one key are told apart by their text, or by their order."""
    text: str
    references: tuple[str, ...]
    _: KW_ONLY
    image: str = ""
    group: str = ""
    """The subtask or dimension it belongs to."""
    part: str = ""
    """The part of the benchmark whose questions the card counts."""
    options: tuple[str, ...] = ()
    right_option: int | None = None
    """The place of the right option, where there are options."""


@dataclass(frozen=True, slots=True)
class Likelihood:
    """The logarithm of the probability of a text after a prompt, summed over its tokens, and how many they are."""

    log_probability: float
    tokens: int

    def score(self, ranked_by: RankedBy) -> float:
        """The sum, or its mean over the tokens, which does not fall with their number; an empty text is no answer."""
        if not self.tokens:
            return -math.inf
        return self.log_probability / self.tokens if ranked_by == "mean" else self.log_probability


@dataclass(frozen=True, slots=True)
class ExamAnswer:
    """The answer of a model to one question."""

    key: str
    text: str
    scores: tuple[float, ...] = ()
    """Of each option, more is likelier; only where a model ranked them."""
    likelihoods: tuple[Likelihood, ...] = ()
    """Those from which the scores come, where they are known."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The worth of one answer."""

    question: ExamQuestion
    answer_text: str
    value: float | None
    """None where the question cannot be marked, or not alone."""
    _: KW_ONLY
    evidence: object = None
    """A typed value of the rule's own that the conclusion needs besides, such as numbers of words."""
    quirks: tuple[str, ...] = ()
    """Oddities of the question or the answer, as the rule treats them."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The figures of all marks."""

    headline: Figure
    breakdown: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """The number of questions that were answered: a score of fewer is another score."""

    questions: int
    answered: int
    missing: tuple[str, ...] = ()
    """The first few, or how many of which part where the questions themselves are not known."""
    _: KW_ONLY
    extra: int = 0
    """Answers to no question of this benchmark."""
    repeated: int = 0
    """Answers to a question that had one already."""
    conflicting: tuple[str, ...] = ()
    """The questions that were answered twice and differently."""
    differing: int = 0
    """Answers that bring another right answer than their question has."""
    twice: int = 0
    """Questions that the release itself asks twice."""
    by_order: int = 0
    """Answers that nothing but their order put to their question."""
    settled: bool = True
    """True where the number of questions is known."""

    @property
    def is_whole(self) -> bool:
        """True if every question has exactly one answer, and nothing is odd about any."""
        odd = self.extra or self.differing or self.conflicting or self.repeated > self.twice
        return self.answered == self.questions and not odd


@dataclass(frozen=True, slots=True)
class ExamResult:
    """The result of one model in one benchmark."""

    model: str
    benchmark: str
    rules: str
    """The name of the rule set by which its answers were marked."""
    _: KW_ONLY
    headline: Figure
    breakdown: tuple[Figure, ...]
    coverage: Coverage
    quirks: Mapping[str, int]
    """The number of answers that each quirk touched."""
    remarks: tuple[str, ...] = ()
    """Sentences that must be read beside the headline."""


def exam_results_from_json(text: bytes) -> tuple[ExamResult, ...]:
    """The results of exams as a folder keeps them; raises ValueError naming the field that is wrong."""
    return msgspec.json.decode(text, type=tuple[ExamResult, ...])
