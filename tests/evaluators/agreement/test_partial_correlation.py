"""Partial correlation at fixed size against pingouin, and where it has no value."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evaluators.agreement.correlation import Column
from evaluators.agreement.partial_correlation import partial_correlations
from vlitqa.results.comparison import PartialCorrelation

NAN = math.nan


def partial(quality: object, exam: object, sizes: object) -> PartialCorrelation:
    columns = [Column("MD", np.array(quality, float))], [Column("SEED", np.array(exam, float))]
    return partial_correlations(np.array(sizes, float), *columns)[0]


@pytest.mark.parametrize("n", [5, 8, 20])
def test_values_intervals_and_p_are_those_of_pingouin(n: int) -> None:
    pandas = pytest.importorskip("pandas")
    pingouin = pytest.importorskip("pingouin", reason="pip install 'vlitqa[dev]'")
    draws = np.random.default_rng(n)
    sizes = draws.integers(100, 1000, n)
    quality, exam = sizes / 300 + draws.normal(size=n), sizes / 200 + draws.normal(size=n)
    table = pandas.DataFrame({"rows": sizes.astype(float), "MD": quality, "SEED": exam})
    theirs = pingouin.partial_corr(table, x="MD", y="SEED", covar="rows").iloc[0]
    ours = partial(quality, exam, sizes)
    assert (ours.n, ours.reason) == (theirs["n"], "")
    assert ours.value == pytest.approx(theirs["r"], abs=1e-9)
    assert ours.p == pytest.approx(theirs[next(name for name in theirs.index if name.startswith("p"))], abs=1e-9)
    assert ours.interval == pytest.approx(theirs["CI95"], abs=2e-6 if len(str(theirs["CI95"][0])) > 6 else 0.0051)


def test_what_size_alone_brings_about_is_gone() -> None:
    """Both rise with the size, and what is left of them was made to go against each other."""
    sizes, rest = np.array([1.0, 2, 3, 4, 5, 6]), np.array([1.0, -1, 0, 0, -1, 1])
    assert np.corrcoef(sizes + 0.1 * rest, sizes - 0.1 * rest)[0, 1] > 0.9
    assert partial(sizes + 0.1 * rest, sizes - 0.1 * rest, sizes).value == pytest.approx(-1)


def test_there_is_none_where_all_datasets_have_one_size_or_sizes_are_not_known() -> None:
    column = Column("MD", np.arange(6.0))
    for sizes in ([5.0] * 6, [NAN] * 6, [5.0] * 3 + [NAN] * 3):
        assert partial_correlations(np.array(sizes), [column], [column]) == ()


@pytest.mark.parametrize(
    ("quality", "exam", "sizes", "reason"),
    [
        ([1, 3, 2, 4], [1, 2, 3, 4], [1, 2, 4, 8], "4 datasets with both values, and 5 are needed"),
        ([1, 3, 2, 4, 5], [1, 2, 3, 4, NAN], [1, 2, 4, 8, 9], "4 datasets with both values, and 5 are needed"),
        ([1, 3, 2, 4, 5, 2], [1, 2, 3, 5, 4, NAN], [7, 7, 7, 7, 7, 9], "the datasets that have both have one size"),
        ([2, 2, 2, 2, 2], [1, 2, 3, 5, 4], [1, 2, 4, 8, 9], "MD never changes"),
        ([1, 3, 2, 4, 5], [10, 20, 40, 80, 90], [1, 2, 4, 8, 9], "SEED follows from the size alone"),
    ],
)
def test_what_has_no_value_has_a_reason(
    quality: list[float], exam: list[float], sizes: list[float], reason: str
) -> None:
    pair = partial(quality, exam, sizes)
    assert (pair.value, pair.p, pair.reason) == (None, None, reason)
