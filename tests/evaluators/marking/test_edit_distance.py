"""ANLS against edit distances worked out the slow way."""

from __future__ import annotations

import random

import pytest

from evaluators.marking.edit_distance import anls
from tests.given.slow_distance import distance


@pytest.mark.parametrize(
    ("answer", "references", "score"),
    [
        ("hello", ["hello"], 1.0),
        ("hallo", ["hello"], 0.8),
        ("HELLO  world", ["hello world"], 1.0),
        ("abcd", ["abxy"], 0.5),
        ("abc", ["xyz"], 0.0),
        ("abcde", ["abxyz"], 0.0),
        ("", ["a"], 0.0),
        ("stop", ["go", "stops"], 0.8),
    ],
)
def test_the_nearest_reference_counts(answer: str, references: list[str], score: float) -> None:
    """`abcde` is like `abxyz` in 0.4, which is under one half."""
    assert anls(answer, references) == pytest.approx(score)


def test_scores_are_those_of_the_slow_distance() -> None:
    dice = random.Random(1)
    for _ in range(300):
        one, other = ("".join(dice.choices("abcé ", k=dice.randint(1, 12))).strip() or "a" for _ in range(2))
        one, other = " ".join(one.split()), " ".join(other.split())
        alike = 1 - distance(one, other) / max(len(one), len(other))
        assert anls(one, [other]) == pytest.approx(alike if alike >= 0.5 else 0.0)
