"""The corrected share of right responses, with judges that err in known ways and people who know the truth."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import pytest

from vlitqa.algorithms.arrays import Floats, Ints
from vlitqa.contracts import Context
from vlitqa.metrics.accuracy import Accuracy
from vlitqa.records import Place
from vlitqa.results import Figure, Measurement, Summary
from vlitqa.results.evidence import AccuracyEvidence, JudgedTurn, VoteCount

TURNS = 3


def measurements_of(called: Ints) -> list[Measurement]:
    """Rows of three turns that a judge calls correct or not, each about its own image."""
    made = []
    for row, calls in enumerate(called.reshape(-1, TURNS).tolist()):
        turns = [
            JudgedTurn(turn=turn, right=call, agreed=None, votes=VoteCount(3, 0)) for turn, call in enumerate(calls)
        ]
        evidence = msgspec.to_builtins(AccuracyEvidence(turns=turns, group=f"{row}.png"))
        made.append(Measurement(sum(calls) / TURNS, evidence=evidence, place=Place(row, row + 1)))
    return made


def summed_up(called: Ints, right: Ints, gold: Sequence[int]) -> Summary:
    """The summary where people know whether the turns at some places are right."""
    rows: dict[int, dict[int, bool]] = {}
    for place in gold:
        rows.setdefault(place // TURNS, {})[place % TURNS] = bool(right[place])
    return Accuracy().combine(measurements_of(called), Context(gold=rows))


def figure(summary: Summary, name: str, variant: str = "sound") -> Figure:
    return next(each for each in summary.figures if (each.name, each.variant) == (name, variant))


def test_the_share_is_that_of_each_call_weighed_by_how_often_the_judge_makes_it() -> None:
    # 90 of 120 turns are called correct. People judge 40: 27 of 30 called correct are right, 4 of 10 of the others
    called = np.array([1] * 90 + [0] * 30)
    right = np.array([1] * 27 + [0] * 3 + [1] * 60 + [1] * 4 + [0] * 6 + [0] * 20)
    summary = summed_up(called, right, [*range(30), *range(90, 100)])
    share = figure(summary, "correct responses")
    assert share.value == pytest.approx(0.75 * 27 / 30 + 0.25 * 4 / 10)
    assert share.unit == "corrected by people's verdicts on 40 responses"
    assert figure(summary, "correct responses", "original").value == 0.75
    assert figure(summary, "sensitivity of the judge").value == pytest.approx(27 / 31)
    assert figure(summary, "specificity of the judge").value == pytest.approx(6 / 9)


def test_without_enough_verdicts_of_people_there_is_no_share_and_it_says_what_would_give_one() -> None:
    called = np.ones(120, int)
    for count, words in ((0, "no response is known to be right or wrong"), (29, "29 responses are known")):
        share = figure(summed_up(called, called, range(count)), "correct responses")
        assert share.value is None
        assert share.reason.startswith(words)
        assert "`vlitqa gold`" in share.reason
    assert figure(summed_up(called, called, range(30)), "correct responses").value == 1


def test_a_judge_that_never_errs_and_data_of_which_three_of_ten_are_wrong_give_seven_of_ten() -> None:
    """The corrected share was 1.00 [1.00, 1.00] here, when negated copies were to tell how the judge errs."""
    right = (np.random.default_rng(0).random(600) < 0.7).astype(int)
    share = figure(summed_up(right, right, range(0, 600, 6)), "correct responses")
    assert share.value == pytest.approx(right.mean())
    low, high = share.interval or (0.0, 0.0)
    assert low < 0.7 < high


def errs_alone(dice: np.random.Generator, right: Ints, rates: tuple[float, float]) -> Ints:
    """Calls of a judge that errs turn by turn."""
    calls: Ints = np.where(right == 1, dice.random(len(right)) < rates[0], dice.random(len(right)) >= rates[1]).astype(
        int
    )
    return calls


def errs_by_image(dice: np.random.Generator, right: Ints, rates: tuple[float, float]) -> Ints:
    """Calls of a judge that sees an image well or badly, and errs in all of its turns if badly."""
    luck: Floats = np.repeat(dice.random(len(right) // TURNS), TURNS)
    calls: Ints = np.where(right == 1, luck < rates[0], luck >= rates[1]).astype(int)
    return calls


@pytest.mark.parametrize("judge", [errs_alone, errs_by_image])
@pytest.mark.parametrize("wrong", [0.05, 0.3, 0.6])
@pytest.mark.parametrize("rates", [(0.6, 0.6), (0.95, 0.6), (0.6, 0.95), (0.9, 0.8), (1.0, 1.0)])
def test_the_interval_covers_the_true_share_whatever_the_judge_does(
    judge: type, wrong: float, rates: tuple[float, float]
) -> None:
    covered = 0
    for seed in range(400):
        dice = np.random.default_rng(seed)
        right = (dice.random(600) >= wrong).astype(int)
        gold = dice.choice(600, 80, replace=False).tolist()
        low, high = figure(summed_up(judge(dice, right, rates), right, gold), "correct responses").interval or (1, 0)
        covered += low <= 1 - wrong <= high
    assert covered / 400 >= 0.92
