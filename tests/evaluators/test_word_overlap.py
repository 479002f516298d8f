"""Words and fields of documents."""

from __future__ import annotations

import pytest

from evaluators.word_overlap import fields, total, words


def test_words_are_counted_over_all_documents() -> None:
    """Eight words said, four there, three found."""
    pairs = [("the company is TAN WOON YANN.", "TAN WOON YANN"), ("total: 9.00", "9.00")]
    found = total(words(said, there) for said, there in pairs)
    assert (found.found, found.said, found.there) == (3, 8, 4)
    assert (found.precision, found.recall, found.f1) == pytest.approx((0.375, 0.75, 0.5))


def test_a_word_is_found_as_often_as_it_is_there() -> None:
    assert words("a a a", "a a b").found == 2


def test_a_field_is_found_whole_or_not_at_all() -> None:
    assert fields("tan  woon yann", "TAN WOON YANN").f1 == 1
    assert fields("it is TAN WOON YANN", "TAN WOON YANN").f1 == 0
    assert fields("", "TAN").said == 0


def test_nothing_found_is_no_division_by_zero() -> None:
    found = total([])
    assert (found.precision, found.recall, found.f1) == (0, 0, 0)
