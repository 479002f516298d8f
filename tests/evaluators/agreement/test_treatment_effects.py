"""The effect of quality control beside that of a random subset."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from evaluators.agreement.comparison_arrays import exam_array
from evaluators.agreement.treatment_effects import treatment_effects
from tests.given.comparisons import comparison_of, with_datasets
from vlitqa.results.comparison import Comparison, TreatmentEffect

NAN = math.nan
WHOLE, TREATED, CONTROL = [1.0, 2.0, 3.0], [2.0, 4.0, 5.0], [1.0, 1.0, 3.0]
KEPT = {"rows": 40, "treatment": "quality control", "version_of": "a"}
DRAWN = {"rows": 40, "treatment": "random subset", "version_of": "a"}


def compare(*seeds_of_datasets: list[float]) -> Comparison:
    comparison = comparison_of(np.array(seeds_of_datasets)[:, None, :, None], {})
    return with_datasets(comparison, b=KEPT, c=DRAWN)


def effects(comparison: Comparison) -> tuple[TreatmentEffect, ...]:
    return treatment_effects(comparison, exam_array(comparison))


def test_both_are_compared_with_the_whole_dataset_seed_by_seed() -> None:
    (effect,) = effects(compare(WHOLE, TREATED, CONTROL))
    assert (effect.dataset, effect.model, effect.exam) == ("a", "model 0", "exam 0")
    assert (effect.treated, effect.control) == (pytest.approx(5 / 3), pytest.approx(-1 / 3))
    expected = stats.ttest_rel(TREATED, CONTROL).confidence_interval()
    assert effect.interval == pytest.approx(tuple(expected))


def test_a_seed_that_one_version_lacks_is_left_out_of_all() -> None:
    (effect,) = effects(compare([*WHOLE, 9.0], [*TREATED, NAN], [*CONTROL, 7.0]))
    assert effect == effects(compare(WHOLE, TREATED, CONTROL))[0]


def test_one_seed_has_no_interval() -> None:
    (effect,) = effects(compare([1.0], [2.0], [1.5]))
    assert (effect.treated, effect.control, effect.interval) == (1.0, 0.5, None)


def test_seeds_that_differ_by_rounding_alone_have_no_interval() -> None:
    (effect,) = effects(compare([0.0, 0.0], [0.3, 0.1 + 0.2], [0.0, 0.0]))
    assert effect.interval is None


@pytest.mark.parametrize(
    ("figures", "treated", "control"),
    [
        ((WHOLE, [NAN] * 3, CONTROL), None, pytest.approx(-1 / 3)),
        ((WHOLE, TREATED, [NAN] * 3), pytest.approx(5 / 3), None),
        (([NAN] * 3, TREATED, CONTROL), None, None),
        (([1.0, NAN], [NAN, 2.0], [NAN, NAN]), None, None),
    ],
)
def test_what_is_missing_is_filled_with_nothing(
    figures: tuple[list[float], ...], treated: object, control: object
) -> None:
    (effect,) = effects(compare(*figures))
    assert (effect.treated, effect.control, effect.interval) == (treated, control, None)


def test_the_control_is_the_subset_of_the_nearest_size() -> None:
    comparison = with_datasets(compare(WHOLE, TREATED, [9.0, 9, 9], CONTROL), c={**DRAWN, "rows": 90}, d=DRAWN)
    assert effects(comparison) == effects(compare(WHOLE, TREATED, CONTROL))


def test_a_version_without_its_dataset_has_no_effect() -> None:
    comparison = with_datasets(compare(WHOLE, TREATED), b={**KEPT, "version_of": "elsewhere"})
    assert effects(comparison) == ()
