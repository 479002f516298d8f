"""A judge that does not look: what it calls correct is shown as a result nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.blocks import Block, Grid, Quantity, Strong
from reports.cells import value_cell
from reports.principle_blocks import Measure, Principles
from reports.references import reference
from reports.sections import principles, side_by_side
from tests.given.runs import bare_run
from tests.vlitqa.metrics.test_judged_principles import Given, erring, figure, measured, shown
from vlitqa.cli.scorecards import show_scorecards
from vlitqa.metrics.accuracy import Accuracy
from vlitqa.results import Figure, Scored, Summary
from vlitqa.runs.finished import FinishedRun

DOUBT = "the judge does not look: 95% are correct to it with blank images, 94% with theirs"


def run(name: str, share: float, doubt: str = DOUBT) -> FinishedRun:
    """A run whose judge called a share correct, as narrow as that may be, and does not look."""
    interval = (share - 0.01, share + 0.01)
    original = Figure(
        "correct responses", "original", share, direction="up", interval=interval, measured=500, doubt=doubt
    )
    sound = Figure.without("correct responses", "sound", doubt, direction="up")
    return bare_run(Path(name), [Scored("accuracy", {"version": 1}, Summary((original, sound)))], name)


def grid(blocks: list[Block], title: str) -> Grid:
    return next(block for block in blocks if isinstance(block, Grid) and block.title == title)


@pytest.mark.parametrize(("sensitivity", "specificity"), [(0.5, 0.5), (0.45, 0.5), (1.0, 0.0)])
def test_verdicts_of_a_judge_that_does_not_look_carry_their_doubt(sensitivity: float, specificity: float) -> None:
    records = [shown(number, f"The ball of number {number} is red.") for number in range(400)]
    summary = Accuracy().combine(measured(Accuracy(blanked=1), records, Given(erring(sensitivity, specificity))))
    doubt = figure(summary, "correct responses", "original").doubt
    blank = figure(summary, "correct with blank images").value or 0.0
    assert doubt.startswith("the judge does not look: ")
    assert f"{blank:.0%} are correct to it with blank images" in doubt
    assert all(finding.detail == doubt for finding in summary.findings)


def test_a_judge_that_looks_is_not_doubted() -> None:
    records = [shown(number, f"The ball of number {number} is red.") for number in range(400)]
    summary = Accuracy().combine(measured(Accuracy(blanked=1), records, Given(erring(0.9, 0.8))))
    assert figure(summary, "correct with blank images").value == pytest.approx(0.2, abs=0.06)
    assert not any(figure.doubt for figure in summary.figures)


def test_the_first_screen_says_that_the_judge_does_not_look_and_shows_no_share() -> None:
    (screen,) = principles.build(run("a", 0.892))
    assert isinstance(screen, Principles)
    measure = dict(screen.panels)["correctness"][0]
    assert measure == Measure("correct responses", "unknown", note=DOUBT, level="warning")


def test_the_table_of_all_figures_marks_the_share() -> None:
    share = run("a", 0.892).card.scored[0].summary.figures[0]
    words = f"of responses are correct, by the judge; says nothing: {DOUBT}"
    assert value_cell("accuracy", share) == Quantity(0.892, words, is_share=True)
    card = run("a", 0.892).card
    assert reference(card, card.scored[0], share) == ""


def test_no_dataset_is_best_by_the_verdicts_of_a_coin() -> None:
    blocks = list(side_by_side.build([run("a", 0.892), run("b", 0.5)]))
    (_, _, _, first, second, why), *_ = grid(blocks, "every figure").rows
    assert why == DOUBT
    assert not isinstance(first, Strong)
    assert str(first).endswith(f"says nothing: {DOUBT}")
    assert "says nothing" in str(second)
    assert grid(blocks, "the principles as the paper measures them").rows == (
        ("a", "says nothing"),
        ("b", "says nothing"),
    )


def test_one_coin_among_the_judges_is_enough() -> None:
    blocks = list(side_by_side.build([run("a", 0.892, doubt=""), run("b", 0.5)]))
    (_, _, _, first, *_), *_ = grid(blocks, "every figure").rows
    assert first == "89.2 % [88.2 %, 90.2 %]"


def test_the_headline_of_the_terminal_says_so_instead_of_the_share(capsys: pytest.CaptureFixture[str]) -> None:
    card = run("a", 0.892).card
    show_scorecards(["a"], [card], details=False)
    printed = " ".join(capsys.readouterr().out.split())
    assert f"Not measured: accuracy: {DOUBT}" in printed
    assert "89" not in printed
    show_scorecards(["a"], [card], details=True)
    assert "says nothing: the judge does not look" in " ".join(capsys.readouterr().out.split())
