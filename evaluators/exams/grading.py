"""Grading: the answers of one model to one benchmark are joined with their questions, marked and concluded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evaluators.answers.joining import join_by_own_questions, join_with_questions
from evaluators.answers.layouts import WrittenAnswer
from vlitqa.contracts import Benchmark
from vlitqa.results.exams import EMPTY_ANSWER, ExamResult, Mark


@dataclass(frozen=True, slots=True)
class GradedExam:
    """A result, and the marks that it rests on."""

    result: ExamResult
    marks: tuple[Mark, ...]


def grade_answers(
    benchmark: Benchmark, model: str, answers: Sequence[WrittenAnswer], *, by_data_root: bool
) -> GradedExam:
    """Grades answers by the questions below the data root, or by those that the answers bring with them."""
    card = benchmark.card
    joined = (
        join_with_questions(card, benchmark.questions(), answers)
        if by_data_root
        else join_by_own_questions(card, answers)
    )
    marks = tuple(benchmark.mark(question, answer) for question, answer in joined.pairs)
    conclusion = benchmark.conclude(marks)
    quirks = Counter(quirk for mark in marks for quirk in mark.quirks)
    if empty := sum(not (answer.text.strip() or answer.scores) for _, answer in joined.pairs):
        quirks[EMPTY_ANSWER] = empty
    result = ExamResult(
        model,
        card.name,
        conclusion.headline.variant,
        headline=conclusion.headline,
        breakdown=conclusion.breakdown,
        coverage=joined.coverage,
        quirks=dict(sorted(quirks.items())),
    )
    return GradedExam(result, marks)
