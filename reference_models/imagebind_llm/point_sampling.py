"""Groups of neighbours in clouds of points: centres far from one another, and the nearest points around them."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def group_points(points: Tensor, groups: int, size: int, *, seed: int) -> tuple[Tensor, Tensor]:
    """The neighbours of each centre, seen from it, and the centres.

    # (clouds, groups, size, 3), (clouds, groups, 3)
    """
    centres = _gather(points, farthest_points(points, groups, seed=seed))  # (clouds, groups, 3)
    nearest = nearest_points(points, centres, size)  # (clouds, groups, size)
    neighbours = _gather(points, nearest.flatten(1)).view(len(points), groups, size, 3)  # (clouds, groups, size, 3)
    return neighbours - centres[:, :, None], centres


def farthest_points(points: Tensor, count: int, *, seed: int) -> Tensor:
    """Places of points, each as far as can be from all before it; the seed draws the first, for all clouds the same.

    The published code draws it without a seed, so that its embeddings of a cloud differ from call to call.
    # (clouds, count)
    """
    clouds, total, _ = points.shape
    first = int(np.random.default_rng(seed).integers(total))
    rows = torch.arange(clouds, device=points.device)  # (clouds)
    place = torch.full_like(rows, first)  # (clouds)
    distances = points.new_full((clouds, total), float("inf"))  # (clouds, points)
    places = []
    for _ in range(count):
        places.append(place)
        from_place = (points - points[rows, place][:, None]).square().sum(-1)  # (clouds, points)
        distances = torch.minimum(distances, from_place)  # (clouds, points)
        place = distances.argmax(-1)  # (clouds)
    return torch.stack(places, dim=1)


def nearest_points(points: Tensor, centres: Tensor, count: int) -> Tensor:
    """Places of the points nearest to centres, in no order.  # (clouds, centres, count)"""
    exact = "donot_use_mm_for_euclid_dist"  # products of matrices would lose the digits in which neighbours differ
    distances = torch.cdist(centres, points, compute_mode=exact)  # (clouds, centres, points)
    return distances.topk(count, largest=False, sorted=False).indices


def _gather(points: Tensor, places: Tensor) -> Tensor:
    """The points of each cloud at places, (clouds, places).  # (clouds, places, 3)"""
    return points.gather(1, places[..., None].expand(-1, -1, points.shape[-1]))
