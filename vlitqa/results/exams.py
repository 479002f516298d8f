"""What a benchmark asks, what was answered, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from vlitqa.results import Figure, figure_from_json

READ_OTHERWISE = "another of the rules in use reads the answer otherwise"
EMPTY = "the answer is empty"
"""Quirks that any benchmark may have."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a benchmark, with what its graders take for right."""

    key: str
    """What answers name it by; questions with one key are told apart by their text, or by their order."""
    text: str
    references: tuple[str, ...]
    image: str = ""
    group: str = ""
    """The subtask or dimension it belongs to."""
    part: str = ""
    """The part of the benchmark whose questions the card counts."""
    options: tuple[str, ...] = ()
    right: int | None = None
    """The place of the right option, where there are options."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model said to one question."""

    key: str
    said: str
    scores: tuple[float, ...] = ()
    """Of each option, more is likelier; only where a model ranked them."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What one answer is worth."""

    question: Question
    said: str
    value: float | None
    """None where the question cannot be marked, or not alone."""
    parts: Mapping[str, Any] = field(default_factory=dict)
    """What the conclusion needs besides, such as counts of words."""
    quirks: tuple[str, ...] = ()
    """What is odd about the question or the answer, as the rule treats it."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What comes of all marks."""

    headline: Figure
    breakdown: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many questions were answered: a score of fewer is another score."""

    questions: int
    answered: int
    missing: tuple[str, ...] = ()
    """The first few, or how many of which part where the questions themselves are not known."""
    extra: int = 0
    """Answers to no question of this benchmark."""
    repeated: int = 0
    """Answers to a question that had one already."""
    conflicting: tuple[str, ...] = ()
    """The questions that were answered twice and differently."""
    differing: int = 0
    """Answers that bring something else for right than the question has."""
    twice: int = 0
    """Questions that the release itself asks twice."""
    by_order: int = 0
    """Answers that nothing but their order put to their question."""
    settled: bool = True
    """Whether it is known how many questions there are."""

    @property
    def is_whole(self) -> bool:
        odd = self.extra or self.differing or self.conflicting or self.repeated > self.twice
        return self.answered == self.questions and not odd


@dataclass(frozen=True, slots=True)
class ExamResult:
    """What a model reached in a benchmark."""

    model: str
    benchmark: str
    profile: str
    headline: Figure
    breakdown: tuple[Figure, ...]
    coverage: Coverage
    quirks: Mapping[str, int]
    """How many answers each quirk touched."""


def exam_results_from_json(text: bytes) -> tuple[ExamResult, ...]:
    """The results of exams as a folder keeps them."""
    return tuple(
        ExamResult(
            **{
                **raw,
                "headline": figure_from_json(raw["headline"]),
                "breakdown": tuple(map(figure_from_json, raw["breakdown"])),
                "coverage": Coverage(**{name: _hashable(value) for name, value in raw["coverage"].items()}),
            }
        )
        for raw in orjson.loads(text)
    )


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
