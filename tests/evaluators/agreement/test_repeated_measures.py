"""Repeated-measures correlation against pingouin, and where it has no value."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evaluators.agreement.repeated_measures import repeated_correlation


@pytest.mark.parametrize("gaps", [0, 5], ids=["whole", "with gaps"])
@pytest.mark.parametrize("datasets", [4, 6, 12])
def test_values_intervals_and_p_are_those_of_pingouin(datasets: int, gaps: int) -> None:
    pandas = pytest.importorskip("pandas")
    pingouin = pytest.importorskip("pingouin", reason="pip install 'vlitqa[dev]'")
    draws = np.random.default_rng(datasets)
    quality = draws.normal(size=datasets)
    figures = quality[:, None] + 5 * draws.normal(size=4) + draws.normal(size=(datasets, 4))
    if gaps:
        figures[draws.integers(0, datasets, gaps), draws.integers(0, 4, gaps)] = math.nan
    places = [place for place in np.ndindex(figures.shape) if np.isfinite(figures[place])]
    rows = [(f"model {model}", quality[dataset], figures[dataset, model]) for dataset, model in places]
    table = pandas.DataFrame(rows, columns=["model", "MD", "SEED"])
    theirs = pingouin.rm_corr(table, x="MD", y="SEED", subject="model").iloc[0]
    ours = repeated_correlation("MD", quality, "SEED", figures)
    assert ours.value == pytest.approx(theirs["r"], abs=1e-9)
    assert (ours.freedom, ours.reason) == (theirs["dof"], "")
    assert ours.p == pytest.approx(theirs[next(name for name in theirs.index if name.startswith("p"))], abs=1e-9)
    assert ours.interval == pytest.approx(theirs["CI95"], abs=0.0051), "pingouin rounds to two decimals"


def test_levels_of_models_do_not_count() -> None:
    """Each model rises with the metric, and the better model learned from no better data: within models it is 1."""
    quality = np.array([1.0, 2, 3, 4])
    figures = np.stack([quality, quality - 10, quality + 7], axis=1)
    pair = repeated_correlation("MD", quality, "SEED", figures)
    assert pair.value == pytest.approx(1)
    assert (pair.freedom, pair.interval) == (8, None)


@pytest.mark.parametrize(
    ("quality", "figures", "reason"),
    [
        ([1, 2, 3], [[1, 2], [2, 3], [3, 5]], "3 datasets with both values, and 4 are needed"),
        ([1, 2, 3, math.nan], [[1], [2], [3], [4]], "3 datasets with both values, and 4 are needed"),
        ([0.1] * 4, [[1], [2], [3], [4]], "MD never changes within a model"),
        ([1, 2, 3, 4], [[1, 2]] * 4, "SEED never changes within a model"),
        ([1, 2, 3, 4], np.where(np.eye(4), 1.0, math.nan), "too few models have several datasets"),
        ([], np.empty((0, 2)), "0 datasets with both values, and 4 are needed"),
        ([1, 2, 3, 4], np.empty((4, 0)), "0 datasets with both values, and 4 are needed"),
    ],
)
def test_what_has_no_value_has_a_reason(quality: list[float], figures: list[list[float]], reason: str) -> None:
    pair = repeated_correlation("MD", np.array(quality, float), "SEED", np.array(figures, float))
    assert (pair.value, pair.interval, pair.p, pair.reason) == (None, None, None, reason)
