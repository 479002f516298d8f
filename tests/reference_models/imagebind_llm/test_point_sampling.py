"""Groups of points: centres far apart, drawn by a seed, and the nearest points around them."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.imagebind_llm.point_sampling import (  # noqa: E402
    farthest_points,
    group_points,
    nearest_points,
)
from tests.given.named_weights import draw_input  # noqa: E402

pytestmark = pytest.mark.model


def line_of(*places: float) -> torch.Tensor:
    return torch.tensor([[[place, 0.0, 0.0] for place in places]])


def test_each_centre_is_the_farthest_from_all_before_it() -> None:
    points = line_of(0, 1, 2, 3, 10)
    chosen = {tuple(farthest_points(points, 3, seed=seed)[0].tolist()) for seed in range(40)}
    assert chosen == {(0, 4, 3), (1, 4, 3), (2, 4, 0), (3, 4, 0), (4, 0, 3)}


def test_a_seed_draws_the_same_centres_every_time_and_another_seed_others() -> None:
    points = draw_input("cloud", 3, 200, 3)
    first = farthest_points(points, 20, seed=7)
    assert torch.equal(first, farthest_points(points, 20, seed=7))
    assert not torch.equal(first, farthest_points(points, 20, seed=8))
    assert torch.equal(first[1:2], farthest_points(points[1:2], 20, seed=7))
    assert all(len(set(row.tolist())) == 20 for row in first)


def test_neighbours_are_the_nearest_points_the_centre_among_them() -> None:
    points = line_of(0, 1, 2.5, 4.5, 10)
    assert sorted(nearest_points(points, line_of(1), 3)[0, 0].tolist()) == [0, 1, 2]
    assert sorted(nearest_points(points, line_of(10), 2)[0, 0].tolist()) == [3, 4]


def test_neighbours_are_exact_far_from_the_origin() -> None:
    points = draw_input("cloud", 1, 300, 3) + 100
    centres = points[:, :20]
    distances = (centres.double()[:, :, None] - points.double()[:, None]).norm(dim=-1)
    expected = distances.topk(8, largest=False).indices.sort().values
    assert torch.equal(nearest_points(points, centres, 8).sort().values, expected)


def test_a_group_is_seen_from_its_centre() -> None:
    points = draw_input("cloud", 2, 100, 3)
    groups, centres = group_points(points, 6, 4, seed=1)
    assert (groups.shape, centres.shape) == ((2, 6, 4, 3), (2, 6, 3))
    assert torch.equal(groups.abs().sum(-1).amin(-1), torch.zeros(2, 6))
    places = groups + centres[:, :, None]
    differences = places.flatten(1, 2)[:, :, None] - points[:, None]
    assert (differences.norm(dim=-1).amin(-1) < 1e-5).all()


def test_equal_points_are_centres_too_when_there_are_no_others() -> None:
    groups, centres = group_points(torch.ones(1, 5, 3), 3, 2, seed=0)
    assert torch.equal(groups, torch.zeros(1, 3, 2, 3))
    assert torch.equal(centres, torch.ones(1, 3, 3))
