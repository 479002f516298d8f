"""Grading: the answers of one model to one benchmark are joined with their questions, marked and concluded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from evaluators.answers.joining import JoinedAnswers, join_by_own_questions, join_with_questions
from evaluators.answers.layouts import WrittenAnswer
from evaluators.answers.right_benchmark import doubts, refuse_questions_of_another
from evaluators.benchmarks.zero_shot.marking_rules import EHUB, REFERENCE_INSIDE_WRONG
from evaluators.exams.sitting import SatExam
from vlitqa.contracts import Benchmark, BenchmarkCard
from vlitqa.results.exams import EMPTY_ANSWER, ExamQuestion, ExamResult, Mark

_SENTENCES = 0.05
"""The share of answers that are wrong although they hold a reference, from which on the result says so."""


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
    refuse_questions_of_another(card, answers)
    if by_data_root:
        return _grade(benchmark, model, join_with_questions(card, benchmark.questions(), answers))
    graded = _grade(benchmark, model, join_by_own_questions(card, answers))
    return replace(graded, result=replace(graded.result, remarks=(*graded.result.remarks, *doubts(card, answers))))


def grade_sitting(benchmark: Benchmark, model: str, questions: Sequence[ExamQuestion], sat: SatExam) -> GradedExam:
    """Grades what a model was asked of all questions of a benchmark; they are never of another one."""
    graded = _grade(benchmark, model, join_with_questions(benchmark.card, questions, sat.answers))
    return replace(graded, result=replace(graded.result, remarks=(*sat.remarks, *graded.result.remarks)))


def _grade(benchmark: Benchmark, model: str, joined: JoinedAnswers) -> GradedExam:
    card = benchmark.card
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
        remarks=tuple(_remarks(card, conclusion.headline.variant, quirks, len(marks))),
    )
    return GradedExam(result, marks)


def _remarks(card: BenchmarkCard, rules: str, quirks: Mapping[str, int], answers: int) -> Iterator[str]:
    """The remark that answers are sentences where the rules want nothing but the reference."""
    inside = quirks.get(REFERENCE_INSIDE_WRONG, 0)
    if inside < _SENTENCES * answers:
        return
    remark = f"{inside / answers:.1%} of the answers hold a reference and are wrong, because they say more than it"
    yield f"{remark}; --rules {EHUB} counts them as right" if EHUB in card.rules and rules != EHUB else remark
