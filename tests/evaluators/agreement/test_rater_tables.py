"""Agreement of models and of seeds: which targets and raters take part."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evaluators.agreement.comparison_arrays import exam_array
from evaluators.agreement.icc import intraclass_correlations
from evaluators.agreement.rater_tables import agreement_of_models, agreement_of_seeds
from tests.given.comparisons import comparison_of
from vlitqa.results.agreement import RaterAgreement

FIGURES = np.random.default_rng(2).random((2, 3, 2, 5))
"""Of 2 datasets, 3 models, 2 seeds, 5 exams."""


def of_models(figures: np.ndarray, exams: list[str] | None = None) -> RaterAgreement:  # type: ignore[type-arg]
    return agreement_of_models(exam_array(comparison_of(figures, {}, exams)))["a"]


def test_models_are_compared_by_the_means_of_their_seeds() -> None:
    agreement = of_models(FIGURES)
    assert (agreement.targets, agreement.raters) == (5, ("model 0", "model 1", "model 2"))
    expected = intraclass_correlations(FIGURES[0].mean(axis=1).T)  # (exams, models)
    assert [form.value for form in agreement.agreement] == pytest.approx([form.value for form in expected])


def test_the_mean_of_all_exams_is_no_target() -> None:
    with_mean = np.concatenate([FIGURES.mean(axis=3, keepdims=True), FIGURES], axis=3)
    agreement = of_models(with_mean, ["mean", "u", "v", "x", "y", "z"])
    assert agreement == of_models(FIGURES)


def test_an_exam_that_a_model_lacks_is_left_out_and_no_more() -> None:
    gap = FIGURES.copy()
    gap[0, 1, :, 4] = math.nan
    assert of_models(gap) == of_models(FIGURES[..., :4])


def test_a_model_without_any_exam_is_left_out_and_no_more() -> None:
    gap = FIGURES.copy()
    gap[0, 2] = math.nan
    agreement, expected = of_models(gap), of_models(FIGURES[:, :2])
    assert (agreement.targets, agreement.raters) == (5, ("model 0", "model 1"))
    values = [form.value for form in expected.agreement]
    assert [form.value for form in agreement.agreement] == pytest.approx(values)


def test_one_model_agrees_with_nobody() -> None:
    agreement = of_models(FIGURES[:, :1])
    assert {form.value for form in agreement.agreement} == {None}
    assert {form.reason for form in agreement.agreement} == {"5 targets by 1 rater, and two of each are needed"}


def test_seeds_are_compared_on_the_exams_of_all_datasets() -> None:
    agreement = agreement_of_seeds(exam_array(comparison_of(FIGURES, {})))["model 1"]
    assert (agreement.targets, agreement.raters) == (10, ("0", "1"))
    scores = np.array([[FIGURES[d, 1, s, e] for s in (0, 1)] for d in (0, 1) for e in range(5)])
    expected = [form.value for form in intraclass_correlations(scores)]
    assert [form.value for form in agreement.agreement] == pytest.approx(expected)
