"""The answers of one model to one benchmark, graded: joined with the questions, marked and concluded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evaluators.answers.joining import alone, joined
from evaluators.answers.layouts import Given
from vlitqa.contracts import Benchmark
from vlitqa.results.exams import EMPTY_ANSWER, ExamResult, Mark


@dataclass(frozen=True, slots=True)
class Graded:
    """A result, and the marks that it rests on."""

    result: ExamResult
    marks: tuple[Mark, ...]


def graded(benchmark: Benchmark, model: str, given: Sequence[Given], *, by_questions: bool) -> Graded:
    """By the questions below the data root; or by those that the answers bring with them."""
    card = benchmark.card
    pairs, coverage = joined(card, benchmark.questions(), given) if by_questions else alone(card, given)
    marks = tuple(benchmark.mark(question, answer) for question, answer in pairs)
    conclusion = benchmark.conclude(marks)
    quirks = Counter(quirk for mark in marks for quirk in mark.quirks)
    if empty := sum(not (answer.text.strip() or answer.scores) for _, answer in pairs):
        quirks[EMPTY_ANSWER] = empty
    result = ExamResult(
        model,
        card.name,
        conclusion.headline.variant,
        headline=conclusion.headline,
        breakdown=conclusion.breakdown,
        coverage=coverage,
        quirks=dict(sorted(quirks.items())),
    )
    return Graded(result, marks)
