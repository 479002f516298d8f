"""A cloud has the points that the encoder was trained with, in the unit sphere, drawn by a seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.imagebind_llm.point_clouds import draw_points, fit_unit_sphere, read_point_cloud  # noqa: E402
from vlitqa.errors import UsageError  # noqa: E402

pytestmark = pytest.mark.model


def saved_cloud(folder: Path, count: int, scale: float = 30.0) -> Path:
    points = np.random.default_rng(count).standard_normal((count, 3)) * scale + [5, -200, 0]
    np.save(folder / f"{count}.npy", points)
    return folder / f"{count}.npy"


@pytest.mark.parametrize("count", [512, 5000, 8192, 20_000])
def test_a_cloud_of_any_size_becomes_as_many_points_in_the_unit_sphere(tmp_path: Path, count: int) -> None:
    cloud = read_point_cloud(saved_cloud(tmp_path, count), seed=3)
    assert (cloud.shape, cloud.dtype) == ((8192, 3), torch.float32)
    assert cloud.norm(dim=1).max().item() == pytest.approx(1, abs=1e-6)
    assert cloud.mean(dim=0).abs().max().item() < 1e-6
    distinct, times = cloud.unique(dim=0, return_counts=True)
    assert len(distinct) == min(count, 8192)
    assert times.max() - times.min() <= 1


def test_a_seed_draws_the_same_points_every_time_and_another_seed_others(tmp_path: Path) -> None:
    path = saved_cloud(tmp_path, 20_000)
    first = read_point_cloud(path, seed=3)
    assert torch.equal(first, read_point_cloud(path, seed=3))
    assert not torch.equal(first, read_point_cloud(path, seed=4))


def test_every_point_is_drawn_before_any_is_drawn_again() -> None:
    drawn = draw_points(np.arange(9.0).reshape(3, 3), 8, seed=0)[:, 0]
    assert sorted(np.unique(drawn, return_counts=True)[1]) == [2, 3, 3]


def test_the_unit_sphere_is_around_the_mean() -> None:
    sphere = fit_unit_sphere(np.array([[0.0, 0, 0], [2, 0, 0], [4, 0, 0]]))
    assert sphere is not None
    assert sphere.tolist() == [[-1, 0, 0], [0, 0, 0], [1, 0, 0]]
    assert fit_unit_sphere(np.ones((4, 3))) is None
    tiny = fit_unit_sphere(np.array([[0.0, 0, 0], [2e-200, 0, 0]]))
    assert tiny is not None
    assert tiny.tolist() == [[-1, 0, 0], [1, 0, 0]]


def test_too_few_points_and_points_in_one_place_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has 511 points, and at least 512"):
        read_point_cloud(saved_cloud(tmp_path, 511), seed=0)
    with pytest.raises(UsageError, match="in one place"):
        read_point_cloud(saved_cloud(tmp_path, 600, scale=0), seed=0)
    np.save(tmp_path / "far.npy", np.tile([[1.7e308, 0, 0], [-1.7e308, 0, 1]], (300, 1)))
    with pytest.raises(UsageError, match="too far apart"):
        read_point_cloud(tmp_path / "far.npy", seed=0)
