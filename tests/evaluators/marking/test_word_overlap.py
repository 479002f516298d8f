"""Words and fields of documents."""

from __future__ import annotations

import pytest

from evaluators.benchmarks.catalogue import load_benchmark
from evaluators.marking.word_overlap import field_overlap, word_overlap
from vlitqa.results.exams import ExamAnswer, ExamQuestion


def test_words_are_counted_over_all_documents() -> None:
    """Eight words said, four there, three found."""
    exam = load_benchmark("sroie", "ehub")
    pairs = [("the company is TAN WOON YANN.", "TAN WOON YANN"), ("total: 9.00", "9.00")]
    conclusion = exam.conclude(
        [exam.mark(ExamQuestion("1", "", (right,)), ExamAnswer("1", text)) for text, right in pairs]
    )
    figures = {figure.name: figure.value for figure in (conclusion.headline, *conclusion.breakdown)}
    assert figures == pytest.approx({"word F1": 50.0, "precision": 37.5, "recall": 75.0})


def test_a_word_is_found_as_often_as_it_is_there() -> None:
    assert word_overlap("a a a", "a a b").matched == 2


def test_a_field_is_found_whole_or_not_at_all() -> None:
    assert field_overlap("tan  woon yann", "TAN WOON YANN").f1 == 1
    assert field_overlap("it is TAN WOON YANN", "TAN WOON YANN").f1 == 0
    assert field_overlap("", "TAN").predicted == 0


def test_nothing_found_is_no_division_by_zero() -> None:
    assert word_overlap("", "").f1 == 0 == field_overlap("", "").f1
