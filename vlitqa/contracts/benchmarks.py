"""Benchmarks: exams that models sit, and how their answers are marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from string import ascii_uppercase
from typing import Protocol

from vlitqa.results.exams import Conclusion, ExamAnswer, ExamQuestion, Mark, RankedBy

_LETTERS = len(ascii_uppercase)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamPrompt:
    """The words in which the questions of a benchmark are put to a model; other words are another exam."""

    text: str
    """`{question}` stands for the words of a question, `{options}` for a line with each of its options."""
    longest: int = 0
    """The most tokens of an answer, where a user does not say otherwise."""
    ranked_by: RankedBy | None = None
    """None where a model writes its answer; else its options are ranked, and the likeliest is the answer."""
    version: int = 1
    """Goes up with every change of the text."""

    def put(self, question: ExamQuestion) -> str:
        """The text that a model is asked."""
        lines = (f"{ascii_uppercase[place % _LETTERS]}. {text}" for place, text in enumerate(question.options))
        return self.text.format(question=question.text, options="\n".join(lines))


@dataclass(frozen=True, slots=True)
class BenchmarkCard:
    """The facts that a benchmark states of itself."""

    name: str
    title: str
    headline: str
    """The name of its first figure; nothing else is ever put in its place."""
    highest: float = 100.0
    """The value of that figure where every answer is right."""
    _: KW_ONLY
    rules: tuple[str, ...]
    """Names of the rule sets by which it can be marked; the first is the usual one."""
    files: tuple[str, ...] = ()
    """Files and folders that are looked for below the data root."""
    sizes: Mapping[str, int] = field(default_factory=dict)
    """Questions of the release that everybody uses, by part, as far as they can be told apart."""
    optional_sizes: Mapping[str, int] = field(default_factory=dict)
    """Those of parts that are expected only where some of them were answered."""
    twice: int = 0
    """Questions that the release asks twice, so that two answers are right."""
    right_answers: tuple[str, ...] = ()
    """Every answer that can be right, in lower case, where there are few."""
    references: int = 0
    """Right answers that each question of the release has; 0 where questions differ in this."""
    has_options: bool = False
    """True if its right answers are options, which other benchmarks name by letters, or by yes and no."""
    prompts: Mapping[str, ExamPrompt] = field(default_factory=dict)
    """By name: the words in which a model is asked; the first are the usual ones."""
    pictures: tuple[str, ...] = ()
    """Places below the data root where the picture of a question may lie, written with `{image}` and `{group}`."""
    unasked: Mapping[str, str] = field(default_factory=dict)
    """By part: why no model is asked the questions in it, as `they are about videos`."""


class Benchmark(Protocol):
    """An exam that models sit; a frozen dataclass of the name of its rules, its data root and its seed."""

    @property
    def card(self) -> BenchmarkCard:
        """The facts that it states of itself."""
        ...

    def questions(self) -> Sequence[ExamQuestion]:
        """All questions that the files below the data root hold; raises UsageError naming a file that is missing."""
        ...

    def mark(self, question: ExamQuestion, answer: ExamAnswer) -> Mark:
        """The mark of one answer; never raises, and has no value where the question has no right answer."""
        ...

    def conclude(self, marks: Sequence[Mark]) -> Conclusion:
        """The figures of all marks, the headline first; whatever their order."""
        ...
