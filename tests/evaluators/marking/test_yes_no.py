"""Answers that say yes and answers that say no, by each of the rules in use."""

from __future__ import annotations

import pytest

from evaluators.marking.yes_no import read_as_lmms_eval, read_as_mme, read_whole_words


@pytest.mark.parametrize(
    ("answer", "choice"),
    [
        ("Yes.", "yes"),
        (" yes", "yes"),
        ("  yes", "other"),
        ('"Yes"', "yes"),
        ("**Yes**", "other"),
        ("Not sure", "no"),
        ("know that it is", "no"),
        ("The answer is yes", "other"),
        ("Noah", "no"),
        ("y", "other"),
        ("", "other"),
        ("no", "no"),
        ("YES\n", "yes"),
    ],
)
def test_mmes_own_rule_looks_at_four_characters(answer: str, choice: str) -> None:
    assert read_as_mme(answer) == choice


def test_lmms_takes_letters_and_spaces_around() -> None:
    assert [read_as_lmms_eval(answer) for answer in ("y", "N.", "  yes", "It is", "know")] == [
        "yes",
        "no",
        "yes",
        "other",
        "no",
    ]


def test_whole_words_must_not_contradict_each_other() -> None:
    answers = ("The answer is yes", "Noah", "yes and no", "know", "No, it is not")
    assert [read_whole_words(answer) for answer in answers] == ["yes", "other", "other", "other", "no"]
