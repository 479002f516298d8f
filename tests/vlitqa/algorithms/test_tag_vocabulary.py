"""TagGPT's cuts, worked out by hand on vectors in a plane."""

from __future__ import annotations

import numpy as np
import pytest

from vlitqa.algorithms.arrays import Vectors
from vlitqa.algorithms.tag_vocabulary import build_vocabulary, nearest_tags, rank_tags


def on_circle(*degrees: float) -> Vectors:
    """Unit vectors at these angles: two of them d degrees apart have the cosine of d."""
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_tags_that_came_less_than_three_times_are_dropped_and_the_others_ranked() -> None:
    assert rank_tags({"rare": 2, "count": 3, "name": 9, "describe": 3}, 3) == ["name", "count", "describe"]


def test_the_rarer_of_two_near_tags_goes_and_what_was_near_it_alone_stays() -> None:
    # 18.19 degrees are a cosine of 0.95: b is near a, c is near b but not near a
    vocabulary = build_vocabulary(["a", "b", "c", "d"], on_circle(0, 15, 30, 90), 0.95)
    assert vocabulary.tags == ("a", "c", "d")
    assert vocabulary.contains == {"a": ("b",), "c": (), "d": ()}


def test_a_cosine_of_exactly_the_bound_is_not_near() -> None:
    assert build_vocabulary(["a", "b"], np.array([[1, 0], [0.5, np.sqrt(0.75)]], np.float32), 0.5).tags == ("a", "b")


@pytest.mark.slow
def test_blocks_never_matter() -> None:
    generator = np.random.default_rng(0)
    vectors = generator.normal(size=(2500, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    kept: list[int] = []
    for place, vector in enumerate(vectors):
        if not any(float(vectors[other] @ vector) > 0.9 for other in kept):
            kept.append(place)
    assert build_vocabulary([str(place) for place in range(2500)], vectors, 0.9).tags == tuple(map(str, kept))


def test_no_tag_gives_no_vocabulary() -> None:
    assert build_vocabulary([], np.empty((0, 0), np.float32), 0.95).tags == ()


def test_the_nearest_tags_over_a_bound_come_first_and_are_few() -> None:
    tags = on_circle(0, 10, 20, 90)
    assert nearest_tags(on_circle(9, 88, 200), tags, 0.9, 2) == [[1, 0], [3], []]
