"""Benchmarks: exams that models sit, and how their answers are marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from vlitqa.results.exams import Answer, Conclusion, Mark, Question


@dataclass(frozen=True, slots=True)
class BenchmarkCard:
    """What a benchmark says of itself."""

    name: str
    title: str
    headline: str
    """What its first figure measures; nothing else is ever put in its place."""
    profiles: tuple[str, ...]
    """Sets of rules by which it can be marked; the first is the usual one."""
    files: tuple[str, ...] = ()
    """What is looked for below the data root."""
    sizes: Mapping[str, int] = field(default_factory=dict)
    """Questions of the release that everybody uses, by part, as far as they can be told apart."""
    beside: Mapping[str, int] = field(default_factory=dict)
    """Those of parts that are expected only where some of them were answered."""
    twice: int = 0
    """Questions that the release asks twice, so that two answers are right."""
    right: tuple[str, ...] = ()
    """All that can be right, in small letters, where that is little."""


class Benchmark(Protocol):
    """An exam that models sit; a frozen dataclass whose fields are its profile, its data root and its seed."""

    @property
    def card(self) -> BenchmarkCard: ...

    def questions(self) -> Sequence[Question]:
        """All questions that the files below the data root hold; raises UsageError naming a file that is missing."""
        ...

    def mark(self, question: Question, answer: Answer) -> Mark:
        """What one answer is worth; never an exception, and no mark where the question has no right answer."""
        ...

    def conclude(self, marks: Sequence[Mark]) -> Conclusion:
        """The figures of all marks, the headline first; whatever their order."""
        ...
