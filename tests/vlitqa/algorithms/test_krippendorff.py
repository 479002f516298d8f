"""Krippendorff's alpha equals the library and the printed examples, and says why where there is none."""

from __future__ import annotations

import krippendorff
import numpy as np
import pytest

from vlitqa.algorithms.krippendorff import Level, krippendorff_alpha

LEVELS: tuple[Level, ...] = ("nominal", "ordinal", "interval", "ratio")
NONE = np.nan
PRINTED = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NONE, NONE, NONE],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NONE, 3],
        [NONE, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NONE],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NONE],
    ]
)
"""The four raters and twelve units of Krippendorff's own example."""


def _alpha(ratings: np.ndarray, level: Level) -> float | None:
    return krippendorff_alpha(ratings, level, resamples=0).value


def test_the_printed_example_has_its_four_values() -> None:
    values = {level: _alpha(PRINTED, level) for level in LEVELS}
    assert values == pytest.approx(
        {"nominal": 0.7434, "ordinal": 0.8154, "interval": 0.8491, "ratio": 0.7974}, abs=5e-5
    )


def test_three_annotators_of_quality_have_the_values_that_were_worked_out() -> None:
    rows = ("3221232113", "3211232233", "2221-33112")
    ratings = np.array([[NONE if letter == "-" else float(letter) for letter in row] for row in rows])
    values = [_alpha(ratings, level) for level in LEVELS[:3]]
    assert values == pytest.approx([0.391304, 0.485598, 0.487805], abs=5e-7)


def test_a_thousand_random_tables_with_gaps_give_what_the_library_gives() -> None:
    generator = np.random.default_rng(0)
    compared = 0
    for _ in range(1_000):
        ratings = generator.integers(1, 5, (generator.integers(2, 6), generator.integers(2, 15))).astype(float)
        ratings[generator.random(ratings.shape) < 0.3] = NONE
        for level in LEVELS:
            try:
                with np.errstate(invalid="ignore"):
                    expected = krippendorff.alpha(ratings, level_of_measurement=level)
            except ValueError:
                expected = NONE
            if np.isnan(expected):  # also where all ratings that have a second one are equal
                assert _alpha(ratings, level) is None
                continue
            assert _alpha(ratings, level) == pytest.approx(expected, abs=1e-12)
            compared += 1
    assert compared > 3_500


def test_no_overlap_and_no_difference_give_none_with_the_reason() -> None:
    apart = krippendorff_alpha(np.array([[1.0, NONE], [NONE, 2.0]]), "nominal")
    assert (apart.value, apart.reason, apart.percent) == (None, "no item was rated by two people", None)
    equal = krippendorff_alpha(np.array([[1.0, 1.0], [1.0, 1.0]]), "nominal")
    assert (equal.value, equal.reason, equal.percent) == (None, "all ratings are equal", 1.0)


def test_the_interval_holds_the_alpha_and_percent_agreement_hides_chance() -> None:
    generator = np.random.default_rng(1)
    truth = generator.random(600) < 0.09
    raters = np.array([np.where(generator.random(600) < 0.04, ~truth, truth) for _ in range(2)]).astype(float)
    alpha = krippendorff_alpha(raters, "nominal", seed=3)
    assert alpha.value is not None
    assert alpha.low is not None
    assert alpha.high is not None
    assert alpha.low < alpha.value < alpha.high
    assert alpha.percent is not None
    assert alpha.percent > 0.9
    assert alpha.value < 0.75
    assert alpha == krippendorff_alpha(raters, "nominal", seed=3)
