"""What is called worse than a baseline: losses beyond what another sample of the same source would show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.given.rows import GOOD, written
from tests.given.run_cli import vlitqa
from tests.given.scorecards import scorecard
from vlitqa.algorithms.intervals import share_interval
from vlitqa.errors import UsageError
from vlitqa.gates.baseline import FigurePair, WorseRule, describe_comparison, pair_figures, worse_figures
from vlitqa.gates.notation import parse_fail_rules
from vlitqa.results import Figure, Scorecard


def with_clean(share: float, interval: tuple[float, float] | None, records: int = 100) -> Scorecard:
    figure = Figure("clean records", "sound", share, direction="up", interval=interval)
    return scorecard({"integrity": (figure,)}, records=records)


def test_a_loss_beyond_both_intervals_is_worse_and_a_gain_is_not() -> None:
    good, bad = with_clean(0.9, (0.85, 0.94)), with_clean(0.6, (0.5, 0.7))
    assert WorseRule(good).broken_by(bad) == (
        "integrity.clean records (sound) is 60.0 % [50.0 %, 70.0 %], and was 90.0 % [85.0 %, 94.0 %]"
    )
    assert WorseRule(bad).broken_by(good) == ""
    assert WorseRule(good).broken_by(good) == ""
    assert describe_comparison(good, bad) == "data.jsonl: 1 figure compared with the baseline data.jsonl."


def test_a_figure_that_should_be_low_is_worse_when_it_is_higher() -> None:
    low, high = (
        scorecard({"duplicates": (Figure("repeated records", "sound", value, direction="down", interval=interval),)})
        for value, interval in ((0.1, (0.08, 0.12)), (0.3, (0.25, 0.36)))
    )
    assert "repeated records (sound) is 30.0 %" in WorseRule(low).broken_by(high)
    assert WorseRule(high).broken_by(low) == ""


def test_the_standard_error_is_that_of_newcombe() -> None:
    """56 of 70 and 48 of 80: Newcombe 1998, Table II (a), method 10 gives 0.0524 to 0.3339 for the difference .2."""
    before, now = share_interval(56, 70), share_interval(48, 80)
    assert before
    assert now
    pair = FigurePair(
        "integrity",
        Figure("clean records", "sound", 0.8, direction="up", interval=tuple(before)),
        Figure("clean records", "sound", 0.6, direction="up", interval=tuple(now)),
        "",
    )
    error = (0.2 - 0.0524) / 1.959964
    assert pair.chance_of_loss() == pytest.approx(1 - 0.5 * (1 + _erf(0.2 / error / 2**0.5)), rel=0.02)


def _erf(value: float) -> float:
    from math import erf

    return erf(value)


def test_figures_that_cannot_be_compared_are_counted_with_the_reason_and_break_the_rule_alone() -> None:
    before = with_clean(0.9, None)
    now = with_clean(0.2, None)
    (pair,) = pair_figures(before, now)
    assert pair.reason == "without an interval"
    assert WorseRule(before).broken_by(now) == (
        "no figure can be compared with the baseline; 1 not: without an interval"
    )


def test_figures_without_a_better_side_are_not_compared() -> None:
    size = Figure("turns", "sound", 3.0, interval=(2.9, 3.1))
    assert list(pair_figures(scorecard({"statistics": (size,)}), scorecard({"statistics": (size,)}))) == []


def test_a_figure_that_follows_the_size_is_not_compared_between_sizes() -> None:
    figure = Figure("diversity of overall", "original", 1.0, direction="up", interval=(0.9, 1.1))
    small, large = (scorecard({"lexical": (figure,)}, records=records) for records in (100, 200))
    (pair,) = pair_figures(small, large)
    assert pair.reason == "it changes with the number of records"


def test_false_alarms_over_many_figures_stay_below_five_percent() -> None:
    """Twenty shares of the same chance are compared 400 times; without Holm's steps 40 % would be alarms."""
    generator = np.random.default_rng(0)
    alarms = 0
    for _ in range(400):
        hits = generator.binomial(300, 0.8, size=(2, 20))
        pairs = [FigurePair("integrity", _share(before), _share(now), "") for before, now in hits.T]
        alarms += bool(worse_figures(pairs))
    assert alarms / 400 < 0.05 + 2 * (0.05 * 0.95 / 400) ** 0.5


def test_a_loss_of_fifteen_points_in_300_rows_is_noticed_among_twenty_figures() -> None:
    generator = np.random.default_rng(1)
    noticed = 0
    for _ in range(100):
        before, now = generator.binomial(300, 0.8, size=20), generator.binomial(300, [0.65] + [0.8] * 19)
        pairs = [FigurePair("integrity", _share(b), _share(n), "") for b, n in zip(before, now, strict=True)]
        noticed += pairs[0] in worse_figures(pairs)
    assert noticed >= 80


def _share(hits: int) -> Figure:
    return Figure("clean records", "sound", hits / 300, direction="up", interval=tuple(share_interval(hits, 300) or ()))  # type: ignore[arg-type]


def test_a_baseline_without_its_rule_is_refused() -> None:
    with pytest.raises(UsageError, match="--baseline is not used"):
        parse_fail_rules(["error"], with_clean(0.9, (0.8, 0.95)))


def _turns(question: str) -> list[dict[str, str]]:
    return [{"from": "human", "value": question}, {"from": "gpt", "value": question and f"Yes: {question}"}]


@pytest.mark.slow
def test_a_dataset_that_lost_texts_fails_against_its_earlier_run(tmp_path: Path) -> None:
    rows = [{**GOOD, "id": str(row), "conversations": _turns(f"Number {row}?")} for row in range(80)]
    broken = [{**row, "conversations": _turns("")} if place % 2 else row for place, row in enumerate(rows)]
    metrics = ("--metrics", "integrity,duplicates")
    done = vlitqa("score", written(tmp_path / "data.jsonl", *rows), *metrics, cwd=tmp_path)
    (run,) = (tmp_path / "runs").iterdir()
    same = vlitqa("check", tmp_path / "data.jsonl", "--baseline", run, "--fail-on", "worse", cwd=tmp_path)
    assert (done.returncode, same.returncode) == (0, 0), same.stderr
    assert "compared with the baseline data.jsonl" in same.stderr
    written(tmp_path / "data.jsonl", *broken)
    worse = vlitqa("check", tmp_path / "data.jsonl", "--baseline", run, "--fail-on", "worse", cwd=tmp_path)
    assert worse.returncode == 1
    assert "data.jsonl breaks --fail-on worse: integrity.clean records (sound) is 50.0 %" in worse.stderr
    absent = vlitqa("check", tmp_path / "data.jsonl", "--baseline", tmp_path, "--fail-on", "worse", cwd=tmp_path)
    assert absent.returncode == 2
