"""What judges and encoders say of a dataset, worked out by hand for tools whose answers are given."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable

import numpy as np
import pytest

from tests.given.scripted_tools import PICTURE, Given, figure, measured
from vlitqa.contracts.tools import JudgeQuestion, Verdict
from vlitqa.metrics.accuracy import Accuracy
from vlitqa.metrics.difficulty import Difficulty
from vlitqa.metrics.matching import Matching
from vlitqa.records import ImageRef, Place, Record, Turn
from vlitqa.results import FaultyRow, Status


def shown(row: int, response: str, image: str = "") -> Record:
    images = (ImageRef(image or f"{row}.png"),)
    return Record((Turn("What is it?", response),), images, place=Place(row, row + 1))


def test_the_majority_of_votes_wins_and_nobody_is_asked_once_it_stands() -> None:
    said = {0: "correct", 1: "incorrect", 2: "correct", 3: "incorrect", 4: "correct"}
    split = Given(lambda question: Verdict(said[question.vote]))
    (found,) = measured(Accuracy(blanked=0), [shown(0, "It is red.")], split)
    assert (found.value, found.evidence["turns"][0]["votes"], len(split.asked)) == (1.0, [3, 2], 5)
    sure = Given()
    (found,) = measured(Accuracy(blanked=0), [shown(0, "It is red.")], sure)
    assert (found.value, found.evidence["turns"][0]["agreed"], len(sure.asked)) == (1.0, 1, 3)


@pytest.mark.parametrize("rate", [0.6, 0.8, 1.0])
def test_agreement_of_votes_is_that_of_two_votes_however_many_were_cast(rate: float) -> None:
    """A judge that calls a turn correct at this rate, vote by vote: two votes agree at rate² + (1 - rate)²."""
    dice = random.Random(1)
    given = Given(lambda _: Verdict("correct" if dice.random() < rate else "incorrect"))
    metric = Accuracy(blanked=0.0)
    summary = metric.combine(measured(metric, [shown(row, "It is red.") for row in range(3_000)], given))
    assert figure(summary, "agreement of votes").value == pytest.approx(rate**2 + (1 - rate) ** 2, abs=0.02)


def test_one_vote_agrees_with_none() -> None:
    metric = Accuracy(blanked=0.0, votes=1)
    assert (
        figure(metric.combine(measured(metric, [shown(0, "It is red.")], Given())), "agreement of votes").value is None
    )


def test_rows_that_are_mostly_called_incorrect_are_found_row_by_row() -> None:
    """Of three records one is right, one is wrong in two of three turns, and one in one of two."""
    said = [("yes",), ("no", "no", "yes"), ("no", "yes")]
    records = [
        Record(tuple(Turn("Is it?", each) for each in turns), id=str(row), place=Place(row=row, line=row + 1))
        for row, turns in enumerate(said)
    ]
    given = Given(lambda question: Verdict("correct" if "yes" in str(question) else "incorrect"))
    metric = Accuracy(blanked=0.0)
    summary = metric.combine(measured(metric, records, given))
    (found,) = summary.findings
    assert (found.code, found.severity, found.rows, found.examples) == ("judged_incorrect", "warning", 1, ("line 2",))
    assert summary.faulty == (FaultyRow(1, "judged_incorrect"),)
    whole = figure(summary, "records without an incorrect response", "original")
    assert whole.value == pytest.approx(1 / 3), "a record is poor if any of its turns is"
    assert summary.labels == {}


def test_a_turn_with_as_many_votes_for_as_against_is_left_out() -> None:
    answers = {0: Verdict("correct"), 1: Verdict("incorrect")}
    (found,) = measured(Accuracy(votes=2), [Record((Turn("a", "b"),))], Given(lambda each: answers[each.vote]))
    assert (found.value, found.status) == (None, Status.JUDGE_UNPARSABLE)


def test_a_turn_is_judged_again_with_blank_images_of_the_same_size() -> None:
    given = Given()
    (found,) = measured(Accuracy(blanked=1), [shown(0, "It is red.")], given)
    plain, blank = given.asked[:2]
    assert (plain.sample, plain.rubric) == (blank.sample, blank.rubric)
    assert [each.pictures[0].digest for each in (plain, blank)] == ["0.png", "blank"]
    assert blank.pictures[0].pixels.shape == PICTURE.pixels.shape
    assert len(np.unique(blank.pictures[0].pixels)) == 1
    assert (found.value, found.evidence["turns"][0]["blank"]) == (1, 1)
    text_only = Record((Turn("What is it?", "A dog."),))
    assert [len(each.asked) for each in (given, judging(text_only))] == [6, 3], "without images nothing is hidden"


def judging(record: Record) -> Given:
    given = Given()
    measured(Accuracy(blanked=1), [record], given)
    return given


def erring(sensitivity: float, specificity: float) -> Callable[[JudgeQuestion], Verdict]:
    """A judge of red things, of which those of every fourth number are not red; it errs at known rates, by a digest."""

    def answer(question: JudgeQuestion) -> Verdict:
        text = question.sample.partition("Answer: ")[2]
        is_right = question.pictures[0].digest != "blank" and int("".join(filter(str.isdigit, text))) % 4 != 3
        luck = hashlib.sha256(f"{text} {question.pictures[0].digest}".encode()).digest()
        chance = int.from_bytes(luck[:4], "big") / 2**32
        called = chance < sensitivity if is_right else chance >= specificity
        return Verdict("correct" if called else "incorrect")

    return answer


def test_difficulty_is_the_grade_and_the_grade_that_is_expected() -> None:
    record = Record((Turn("Why?", "So."), Turn("How?", "Thus.")))
    chances = {str(grade): 0.0 for grade in range(1, 11)} | {"3": 0.75, "10": 0.25}
    (found,) = measured(Difficulty(), [record], Given(lambda _: Verdict("3", probabilities=chances)))
    assert found.value == pytest.approx(0.75 * 3 + 0.25 * 10)
    summed = Difficulty().combine([found])
    assert figure(summed, "difficulty", "original").value == 3
    assert figure(summed, "difficulty").value == pytest.approx(4.75)
    (plain,) = measured(Difficulty(), [record], Given(lambda _: Verdict("7")))
    assert plain.value == 7
    assert figure(Difficulty().combine([plain]), "difficulty").reason == "the critic gives no probabilities"


def test_matching_is_the_cosine_of_a_whole_response_and_of_its_sentences() -> None:
    vectors = {
        "0.png": (1.0, 0.0),
        "1.png": (0.0, 1.0),
        "A red ball lies here. It is very big.": (0.6, 0.8),
        "A red ball lies here.": (1.0, 0.0),
        "It is very big.": (0.0, 1.0),
        "A dog is here.": (0.0, 1.0),
    }
    records = [shown(0, "A red ball lies here. It is very big."), shown(1, "A dog is here.")]
    first, second = found = measured(Matching(), records, Given(vectors=vectors))
    assert (first.value, second.value) == (pytest.approx(60), pytest.approx(100))
    summed = Matching().combine(found)
    assert figure(summed, "matching degree", "original").value == pytest.approx((60 + 100) / 2)
    assert figure(summed, "matching degree").value == pytest.approx((50 + 100) / 2)
    assert figure(summed, "worst sentence").value == pytest.approx((0 + 100) / 2)
    assert figure(summed, "share of text that is read").value == pytest.approx((4 / 9 + 1) / 2)
    # the first response lies between both images: as near to the other as to its own; the second is nearer to its own
    assert figure(summed, "above other images").value == pytest.approx((0.5 + 1) / 2)
