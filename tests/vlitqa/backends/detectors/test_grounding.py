"""The nouns of an answer are looked for in its pictures, and the share that is found is its groundedness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pytest

from tests.given.scripted_tools import PICTURE
from vlitqa.backends.detectors.grounding import AnswerGrounding, GroundedNoun, ground_answer
from vlitqa.backends.parsers.chunks import Chunks
from vlitqa.contracts.detectors import Detection
from vlitqa.contracts.tools import Picture

FIRST, SECOND = replace(PICTURE, digest="first"), replace(PICTURE, digest="second")
BOX = (12.0, 30.0, 60.0, 80.0)


@dataclass(frozen=True)
class ListedThings:
    """A detector that finds what a list says is in each picture."""

    scores: Mapping[str, Mapping[str, float]]
    """By the digest of a picture and by noun."""
    name: str = "a list"
    picture_side: int = 2

    def find(self, picture: Picture, nouns: Sequence[str]) -> list[Detection | None]:
        scores = self.scores.get(picture.digest, {})
        return [Detection(scores[noun], BOX) if noun in scores else None for noun in nouns]


def ground(answer: str, *pictures: Picture, **scores: Mapping[str, float]) -> AnswerGrounding:
    return ground_answer(answer, pictures, Chunks().open(), ListedThings(scores))


def test_every_noun_is_looked_for_once_in_the_singular() -> None:
    grounding = ground("Two circles and a dog. The circle is red.", FIRST, first={"circle": 0.83})
    assert grounding.nouns == (GroundedNoun("circle", Detection(0.83, BOX)), GroundedNoun("dog"))
    assert grounding.groundedness == 0.5
    assert grounding.hallucination == 0.5


@pytest.mark.parametrize(
    ("answer", "shares"),
    [
        ("A star.", (1.0, 0.0)),
        ("A dog.", (0.0, 1.0)),
        ("A star, a dog and a horse.", (1 / 3, 2 / 3)),
        ("Yes.", (None, None)),
        ("", (None, None)),
        ("There is no dog.", (None, None)),
        ("There is no dog. A star is on the left.", (1.0, 0.0)),
        ("The image does not show a dog.\nA star is above a horse.", (0.5, 0.5)),
        ("This picture shows a star.", (1.0, 0.0)),
    ],
)
def test_the_shares_are_of_distinct_nouns_that_an_answer_says_are_there(
    answer: str, shares: tuple[float | None, float | None]
) -> None:
    grounding = ground(answer, FIRST, first={"star": 0.5})
    assert (grounding.groundedness, grounding.hallucination) == pytest.approx(shares)


def test_of_several_pictures_the_surest_place_is_taken_and_of_equals_the_first() -> None:
    grounding = ground(
        "A star, a circle and a square.",
        FIRST,
        SECOND,
        first={"star": 0.4, "square": 0.6},
        second={"star": 0.9, "circle": 0.5, "square": 0.6},
    )
    assert [(noun.noun, noun.picture) for noun in grounding.nouns] == [("star", 1), ("circle", 1), ("square", 0)]
    assert grounding.groundedness == 1


def test_a_score_of_zero_is_a_place_where_the_detector_says_so() -> None:
    assert ground("A star.", FIRST, first={"star": 0.0}).groundedness == 1


def test_nothing_is_found_without_a_picture() -> None:
    assert ground("A star.").nouns == (GroundedNoun("star"),)


def test_an_answer_in_a_script_that_the_parser_does_not_read_says_so() -> None:
    grounding = ground("图片里有一只猫。", FIRST)
    assert not grounding.is_read
    assert grounding.groundedness is None


def test_a_long_answer_is_grounded_in_a_moment() -> None:
    grounding = ground("A star is above a dog. " * 5_000, FIRST, first={"star": 0.5})
    assert grounding.groundedness == 0.5
