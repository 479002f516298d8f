"""Answers to visual questions: how they are normalised, and how many annotators must agree with them."""

from __future__ import annotations

import pytest

from evaluators.marking.vqa_text import normalise, soft_score, without_punctuation


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("12/31/87", "12 31 87"),
        ("1,000 km, x", "1000 km x"),
        ("a-b", "a b"),
        ("a- b", "a b"),
        ("3.14 and U.S. end.", "3.14 and US end"),
    ],
)
def test_a_mark_goes_where_it_touches_a_space_anywhere(text: str, bare: str) -> None:
    assert without_punctuation(text) == bare


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("12/31/87", "12 31 87"),
        ("1,000 km, x", "1000 km x"),
        ("a-b", "b"),
        ("red-blue", "red blue"),
        ("red- blue", "red blue"),
        ("3.14 and U.S. end.", "3.14 and us end"),
        ("The two dogs", "2 dogs"),
        ("dont", "don't"),
        ("none", "0"),
        ("  a\tcat\n", "cat"),
        ("?!", ""),
        ("'tis 5:30 & $3", "'tis 5:30 & $3"),
    ],
)
def test_marks_articles_and_numbers(text: str, plain: str) -> None:
    assert normalise(text) == plain


def test_no_more_than_32_full_stops_go() -> None:
    assert normalise("x" + "." * 40) == "x" + "." * 8


@pytest.mark.parametrize(("agreeing", "score"), [(0, 0.0), (1, 0.3), (2, 0.6), (3, 0.9), (4, 1.0), (10, 1.0)])
@pytest.mark.parametrize("lineage", ["vqa", "lavis", "server"])
def test_the_ladder_of_the_soft_score(agreeing: int, score: float, lineage: str) -> None:
    references = ["stop"] * agreeing + [f"other {number}" for number in range(10 - agreeing)]
    assert soft_score("Stop", references, lineage) == pytest.approx(score if lineage != "vqa" or agreeing < 10 else 0.0)
    assert soft_score("stop", references, lineage) == pytest.approx(score)


def test_lineages_differ_where_all_annotators_agree() -> None:
    """VQA's own script compares the bare texts then; the servers of TextVQA and VizWiz never do."""
    agreed = ["Yes!"] * 10
    assert soft_score("yes", agreed, "vqa") == 0
    assert soft_score("yes", agreed, "server") == 1


def test_lavis_takes_only_the_marks_of_references() -> None:
    references = ["the dog!"] * 5 + ["a cat"] * 5
    assert soft_score("the dog", references, "vqa") == 1
    assert soft_score("the dog", references, "lavis") == 0, "the answer lost its article, the references did not"


def test_servers_part_a_possessive_first() -> None:
    references = ["mike s"] * 5 + ["ann"] * 5
    assert soft_score("Mike's", references, "vqa") == 0
    assert soft_score("Mike's", ["mike 's"] * 5 + ["ann"] * 5, "server") == 1


def test_of_few_references_one_is_enough() -> None:
    assert soft_score("dog", ["a dog", "cat"], "server") == 1
    assert soft_score("cow", ["a dog", "cat"], "server") == 0
