"""Answers joined with their questions; and those that are missing, too many, or repeated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evaluators.answers.layouts import WrittenAnswer
from evaluators.answers.question_index import QuestionIndex, comparable, has_other_references
from evaluators.answers.right_benchmark import refuse_other_questions
from vlitqa.algorithms.counted import counted
from vlitqa.contracts import BenchmarkCard
from vlitqa.errors import DatasetError, UsageError
from vlitqa.results.exams import Coverage, ExamAnswer, ExamQuestion

_STRAY = 0.05
"""The share of answers that find a question of another benchmark by chance."""
_MOST_NAMED, _LETTERS_SHOWN = 5, 40
"""Questions that are named of many, and letters of them that are shown."""


@dataclass(frozen=True, slots=True)
class JoinedAnswers:
    """Pairs of question and answer, and how many of the questions they cover."""

    pairs: Sequence[tuple[ExamQuestion, ExamAnswer]]
    coverage: Coverage


def join_with_questions(
    card: BenchmarkCard, questions: Sequence[ExamQuestion], answers: Sequence[WrittenAnswer]
) -> JoinedAnswers:
    """Puts answers to the questions of a benchmark; of several to one question the first counts."""
    if not questions:
        raise DatasetError(f"The files of {card.title} hold no questions.", repair="Fetch them again.")
    index = QuestionIndex(questions)
    places = [index.places_of(written) for written in answers]
    chosen: dict[int, int] = {}  # by the place of a question: the number of its answer
    differing = repeated = by_order = 0
    conflicting: dict[str, None] = {}
    decided_first = sorted(range(len(answers)), key=lambda number: len(places[number]) > 1)
    for number in decided_first:
        written, candidates = answers[number], places[number]
        free = next((place for place in candidates if place not in chosen), None)
        if free is not None:
            chosen[free] = number
            differing += has_other_references(written.question, questions[free])
            by_order += len(candidates) > 1
        elif candidates:
            repeated += 1
            if not any(_is_same(answers[chosen[place]].answer, written.answer) for place in candidates):
                conflicting[_label(questions[candidates[0]])] = None
    if len(chosen) <= _STRAY * min(len(questions), len(answers)):
        raise _no_answer_fits(card, questions, answers, len(chosen))
    refuse_other_questions(card, [(questions[place], answers[number]) for place, number in chosen.items()])
    missing = [_label(question) for place, question in enumerate(questions) if place not in chosen]
    coverage = Coverage(
        len(questions),
        len(chosen),
        (*missing[:_MOST_NAMED], "…") if len(missing) > _MOST_NAMED else tuple(missing),
        extra=sum(not candidates for candidates in places),
        repeated=repeated,
        conflicting=tuple(conflicting),
        differing=differing,
        by_order=by_order,
    )
    pairs = [(questions[place], answers[number].answer) for place, number in sorted(chosen.items())]
    return JoinedAnswers(pairs, coverage)


def join_by_own_questions(card: BenchmarkCard, answers: Sequence[WrittenAnswer]) -> JoinedAnswers:
    """Takes the questions that answers bring: every row counts, because no list says which of two was asked twice."""
    first_answers: dict[tuple[str, ...], ExamAnswer] = {}
    conflicting: dict[str, None] = {}
    answered: Counter[str] = Counter()
    pairs, again = [], Counter[tuple[str, ...]]()
    for number, written in enumerate(answers, 1):
        question = _own_question(card, number, written)
        pairs.append((question, written.answer))
        name = (question.group, question.key or question.image, comparable(question.text), *question.references)
        if name not in first_answers:
            first_answers[name] = written.answer
            answered[_part(card, question)] += 1
        else:
            again[name] += 1
            if not _is_same(first_answers[name], written.answer):
                conflicting[_label(question)] = None
    if again.total() <= card.twice == len(again):
        conflicting = {}
    return JoinedAnswers(pairs, _coverage_of_release(card, answered, again.total(), tuple(conflicting)))


def _own_question(card: BenchmarkCard, number: int, written: WrittenAnswer) -> ExamQuestion:
    question = written.question
    if question is None or not question.references:
        files = f"--data-root: the folder with {', '.join(card.files)}."
        raise UsageError(
            f"Answer {number:,} is to {card.title}, and the file does not say what is right.",
            repair=files if card.files else "Every row must bring it.",
        )
    right = question.references[0]
    if card.right_answers and right.strip().lower() not in card.right_answers:
        raise DatasetError(
            f"{_label(question)!r} has the right answer {right[:_LETTERS_SHOWN]!r}, which {card.title} never has.",
            repair=f"There it is {' or '.join(card.right_answers)}: name the right --benchmark.",
        )
    return question


def _part(card: BenchmarkCard, question: ExamQuestion) -> str:
    """The part of a release that a question belongs to; where there is one part alone, files may call it otherwise."""
    is_only_part = len(card.sizes) == 1 and question.part not in card.optional_sizes
    return next(iter(card.sizes)) if is_only_part else question.part


def _coverage_of_release(
    card: BenchmarkCard, answered: Counter[str], repeated: int, conflicting: tuple[str, ...]
) -> Coverage:
    """Coverage of the release, where its size is known."""
    optional = {part: size for part, size in card.optional_sizes.items() if answered[part]}
    sizes = {**card.sizes, **optional} or dict(answered)
    extra = sum(max(0, count - sizes.get(part, 0)) for part, count in answered.items())
    return Coverage(
        sum(sizes.values()),
        answered.total() - extra,
        tuple(f"{size - answered[part]:,} of {part}" for part, size in sizes.items() if part and answered[part] < size),
        extra=extra,
        repeated=repeated,
        conflicting=conflicting,
        twice=card.twice,
        settled=bool(card.sizes),
    )


def _is_same(one: ExamAnswer, other: ExamAnswer) -> bool:
    return one.text.strip() == other.text.strip() and one.scores == other.scores


def _no_answer_fits(
    card: BenchmarkCard, questions: Sequence[ExamQuestion], answers: Sequence[WrittenAnswer], fitting: int
) -> DatasetError:
    first = answers[0]
    name = first.answer.key or (_label(first.question) if first.question else "")
    return DatasetError(
        f"{f'Only {fitting:,}' if fitting else 'None'} of {counted(len(answers), 'answer')} "
        f"{'belong' if fitting > 1 else 'belongs'} to a question of {card.title}.",
        repair=f"The first answer is to {name!r}, the first question is "
        f"{_label(questions[0])!r}: name the right --benchmark and --data-root.",
    )


def _label(question: ExamQuestion) -> str:
    """A key with the beginning of the question, which tells those apart that share a key."""
    name, text = question.key or question.image, " ".join(question.text.split())[:_LETTERS_SHOWN]
    return f"{name} ({text})" if name and text else name or text
