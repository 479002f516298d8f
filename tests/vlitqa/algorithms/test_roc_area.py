"""The area under the ROC curve against the count of pairs, and its interval against simulations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vlitqa.algorithms.roc_area import roc_area


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), min_size=8, max_size=30), st.lists(st.integers(0, 5), min_size=8, max_size=30))
def test_the_area_is_the_share_of_pairs_in_order_equals_counting_half(first: list[int], second: list[int]) -> None:
    values = np.array([*first, *second], np.float64)
    is_first = np.arange(len(values)) < len(first)
    pairs = [(one > other) + (one == other) / 2 for one in first for other in second]
    measured = roc_area(values, is_first, [str(place) for place in range(len(values))])
    assert measured is not None
    assert measured.area == pytest.approx(np.mean(pairs))
    assert measured.interval is not None
    assert 0 <= measured.interval[0] <= measured.area <= measured.interval[1] <= 1


@pytest.mark.parametrize(
    ("cases", "share", "distance", "in_group"),
    [(100, 0.2, 0.0, 1), (100, 0.3, 1.0, 1), (100, 0.2, 3.0, 1), (300, 0.3, 1.0, 3), (120, 0.3, 1.0, 4)],
)
def test_nineteen_of_twenty_intervals_hold_the_true_area(
    cases: int, share: float, distance: float, in_group: int
) -> None:
    generator = np.random.default_rng(0)

    def draw(count: int) -> tuple[np.ndarray, np.ndarray, list[str]]:
        group = np.arange(count) // in_group
        shared = generator.normal(size=count)[group] * (0.6 if in_group > 1 else 0)
        is_first = generator.random(count) > share
        return generator.normal(size=count) + shared + distance * is_first, is_first, group.astype(str).tolist()

    many = roc_area(*draw(200_000))
    assert many is not None
    intervals = [measured.interval for _ in range(400) if (measured := roc_area(*draw(cases))) and measured.interval]
    assert len(intervals) > 390
    assert 0.92 <= np.mean([low <= many.area <= high for low, high in intervals]) <= 0.99


def test_there_is_no_area_of_seven_cases_and_no_interval_of_seven_images() -> None:
    values, is_first = np.arange(30.0), np.arange(30) < 7
    assert roc_area(values, is_first, list(map(str, range(30)))) is None
    measured = roc_area(values, np.arange(30) < 15, [str(place % 7) for place in range(30)])
    assert measured is not None
    assert (measured.area, measured.interval) == (0.0, None)


def test_cases_of_few_images_are_worth_no_more_than_the_images() -> None:
    values = np.repeat([1.0, 0.0], 60)
    intervals = [
        measured.interval
        for in_group in (1, 6)
        if (measured := roc_area(values, values == 1, [str(place // in_group) for place in range(120)]))
    ]
    (alone, _), (by_image, _) = (interval or (0.0, 0.0) for interval in intervals)
    assert 0 < by_image < alone - 0.1
