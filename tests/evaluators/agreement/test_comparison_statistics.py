"""The statistics of whole comparisons: the review's, and random ones of all sizes with gaps."""

from __future__ import annotations

import math
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from evaluators.agreement.comparison_statistics import compute_statistics
from evaluators.agreement.correlation import METHODS
from evaluators.agreement.review_comparison import review_comparison
from tests.given.comparisons import comparison_of, with_datasets
from vlitqa.results.comparison import Comparison, ComparisonStatistics, ExamFigure, comparison_from_json


def random_comparison(seed: int, datasets: int) -> Comparison:
    """Figures that are often equal or missing, and now and then the same everywhere."""
    draws = np.random.default_rng([seed, datasets])
    shape = (datasets, *draws.integers(0, 4, 3))
    figures = draws.integers(0, draws.integers(1, 6), shape).astype(float)
    figures[draws.random(shape) < draws.choice([0, 0.1, 0.6])] = math.nan
    quality = {f"metric {place}": draws.integers(0, draws.integers(1, 6), datasets).tolist() for place in range(2)}
    quality["metric 2"] = np.where(draws.random(datasets) < 0.3, math.nan, draws.random(datasets)).tolist()
    comparison = comparison_of(figures, quality, exams=["mean", "x", "y"][: shape[3]])
    names = [dataset.name for dataset in comparison.datasets]
    if datasets < 3:
        return comparison
    return with_datasets(
        comparison,
        a={"rows": 200},
        b={"rows": 50, "treatment": "quality control", "version_of": names[0]},
        c={"rows": 0, "treatment": "random subset", "version_of": names[0]},
    )


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("datasets", range(7))
@pytest.mark.parametrize("seed", range(8))
def test_any_comparison_has_values_or_reasons(seed: int, datasets: int) -> None:
    comparison = random_comparison(seed, datasets)
    statistics = compute_statistics(comparison)
    rated = [*statistics.agreement_of_models.values(), *statistics.agreement_of_seeds.values()]
    forms = [form for agreement in rated for form in agreement.agreement]
    ranged = [*statistics.correlations, *statistics.repeated, *statistics.partial, *statistics.ceilings]
    for part in forms:
        assert part.value is not None or (part.reason and part.interval is None)
    for part in ranged:
        assert (part.value is None) == bool(part.reason), part
        assert part.value is None or -1 <= part.value <= 1
        assert part.value is not None or part.interval is None
        assert part.interval is None or -1 <= part.interval[0] <= part.interval[1] <= 1
    for order in statistics.orders:
        assert 0 <= order.agreeing <= order.pairs <= datasets * (datasets - 1) / 2
        assert order.interval is None or 0 <= order.interval[0] <= order.interval[1] <= 1
    text = msgspec.json.encode(statistics)
    assert msgspec.json.decode(text, type=ComparisonStatistics) == statistics, "no NaN anywhere"
    assert compute_statistics(comparison_from_json(msgspec.json.encode(comparison))) == statistics


def test_the_review_has_the_numbers_that_it_prints() -> None:
    statistics = compute_statistics(review_comparison())
    llava = statistics.agreement_of_models["LLaVA"]
    assert (llava.targets, llava.raters) == (10, ("LLaVA", "BLIP-2", "OpenFlamingo"))
    values = {form.form: form.value for form in llava.agreement}
    assert (values["ICC(C,1)"], values["ICC(C,k)"]) == pytest.approx((0.7978, 0.9221), abs=6e-5)
    pairs = {(pair.first, pair.second): pair for pair in statistics.correlations if pair.method == "pearson"}
    assert len(pairs) == 80
    assert pairs["C", "Overall"].n == 4
    assert (pairs["RD", "Overall"].n, pairs["RD", "Overall"].value) == (2, None), "two numbers are not legible"
    assert pairs["ID", "Overall"].value == pytest.approx(0.982, abs=6e-4)
    assert pairs["MD", "Overall"].n == 4
    corrected = [pair.p_holm for pair in statistics.correlations if pair.p_holm is not None]
    assert min(corrected) > 0.05, "four datasets never suffice"


def test_the_review_has_no_ceiling_no_sizes_and_no_control() -> None:
    statistics = compute_statistics(review_comparison())
    assert {ceiling.reason for ceiling in statistics.ceilings} == {
        "1 seed with figures of all models, and 2 are needed"
    }
    assert statistics.partial == ()
    overall = [effect for effect in statistics.effects if effect.exam == "Overall"]
    assert [(effect.dataset, effect.model) for effect in overall] == [
        ("ours", "LLaVA"),
        ("ours", "BLIP-2"),
        ("ours", "OpenFlamingo"),
    ]
    assert [effect.treated for effect in overall] == pytest.approx([0.4, 0.9, 1.0])
    assert {(effect.control, effect.interval) for effect in overall} == {(None, None)}


def test_every_metric_is_correlated_with_every_exam_by_every_method() -> None:
    figures = np.random.default_rng(1).random((5, 2, 2, 3))
    comparison = comparison_of(figures, {"MD": range(5), "ID": [3, 1, 2, 5, 4]})
    statistics = compute_statistics(comparison)
    keys = [(pair.method, pair.first, pair.second) for pair in statistics.correlations]
    assert keys == [
        (method, metric, exam) for method in METHODS for metric in ("MD", "ID") for exam in comparison.exams
    ]
    expected = np.corrcoef(range(5), figures[..., 1].mean(axis=(1, 2)))[0, 1]
    assert statistics.correlations[1].value == pytest.approx(expected)


def test_a_dataset_without_a_models_figure_is_left_out_so_that_means_are_of_the_same_models() -> None:
    figures = np.random.default_rng(1).random((6, 2, 1, 1))
    figures[5, 1] = math.nan
    pair = compute_statistics(comparison_of(figures, {"MD": range(6)})).correlations[0]
    assert (pair.n, len(pair.without)) == (5, 5)
    assert pair.value == pytest.approx(np.corrcoef(range(5), figures[:5].mean(axis=(1, 2, 3)))[0, 1])


def test_a_model_that_nowhere_has_the_exam_takes_no_dataset_with_it() -> None:
    figures = np.random.default_rng(1).random((5, 2, 1, 1))
    figures[:, 1] = math.nan
    assert compute_statistics(comparison_of(figures, {"MD": range(5)})).correlations[0].n == 5


def test_a_missing_seed_leaves_the_mean_of_the_others() -> None:
    figures = np.random.default_rng(1).random((5, 1, 2, 1))
    figures[0, 0, 1] = math.nan
    pair = compute_statistics(comparison_of(figures, {"MD": range(5)})).correlations[0]
    assert pair.value == pytest.approx(np.corrcoef(range(5), np.nanmean(figures, axis=(1, 2, 3)))[0, 1])


def test_means_that_rounding_alone_tells_apart_are_equal() -> None:
    """The mean of 0.1, 0.2 and 0.3 is 0.2, whatever floating point makes of the order in which they are added."""
    figures = np.array([[0.1, 0.2, 0.3], [0.3, 0.2, 0.1], [0.2, 0.2, 0.2], [0.1, 0.3, 0.2]])[:, :, None, None]
    pair = compute_statistics(comparison_of(figures, {"MD": range(4)})).correlations[0]
    assert (pair.value, pair.reason) == (None, "exam 0 never changes")


def test_a_figure_that_stands_twice_is_an_error() -> None:
    comparison = comparison_of(np.ones((1, 1, 1, 1)), {})
    twice = replace(comparison, figures=(*comparison.figures, ExamFigure("a", "model 0", 0, "exam 0", 2.0)))
    with pytest.raises(ValueError, match="two figures of a, model 0, 0, exam 0"):
        compute_statistics(twice)


def test_a_dataset_of_unknown_size_is_left_out_of_the_correlation_at_fixed_size() -> None:
    figures = np.random.default_rng(1).random((7, 1, 1, 1))
    comparison = comparison_of(figures, {"MD": [3, 1, 4, 1, 5, 9, 2]})
    (pair,) = compute_statistics(with_datasets(comparison, a={"rows": 0}, b={"rows": 30})).partial
    assert (pair.n, pair.value is None) == (6, False)
    assert compute_statistics(with_datasets(comparison, a={"rows": 0})).partial == ()


def test_less_of_a_metric_is_better_where_its_figures_say_so() -> None:
    comparison = comparison_of(np.arange(4.0)[:, None, None, None], {"duplicates": [9, 7, 8, 1]})
    down = replace(comparison, quality=tuple(replace(figure, direction="down") for figure in comparison.quality))
    assert [compute_statistics(part).orders[0].agreeing for part in (comparison, down)] == [1, 5]


def test_of_the_reviews_balance_less_is_better_and_of_its_other_indicators_more() -> None:
    directions = {figure.metric: figure.direction for figure in review_comparison().quality}
    assert directions.pop("Bal") == "down"
    assert set(directions.values()) == {"up"}
