"""Technical qualities of an image: its brightness, its sharpness, and a hash that near copies share."""

from __future__ import annotations

from typing import Any

import numpy as np

from vlitqa.algorithms.arrays import Ints
from vlitqa.algorithms.components import first_of_groups

Pixels = np.ndarray[Any, np.dtype[np.uint8]]
Grey = np.ndarray[Any, np.dtype[np.float32]]
HASH_SIDE = 32
_HASH_BITS = 8
_NEIGHBOURS = 64
"""Up to so many distinct hashes that share a band are all compared; of more, each with so many neighbours."""


def grey_of(pixels: Pixels) -> Grey:
    """Luma after ITU-R BT.601.  # (height, width, 3) -> (height, width)"""
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    grey: Grey = pixels.astype(np.float32) @ weights
    return grey


def sharpness(grey: Grey) -> float:
    """The variance of the Laplacian: low where no edge is sharp."""
    if min(grey.shape) < 3:
        return 0.0
    middle = grey[1:-1, 1:-1]
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * middle
    return float(laplacian.var())


def perceptual_hash(grey: Grey) -> int:
    """64 bits, one for each low frequency of the image that is above their median (pHash)."""
    small = _shrink(grey, HASH_SIDE)
    frequencies = _COSINES @ small @ _COSINES.T  # (8, 8)
    flat = frequencies.ravel()
    bits = flat > np.median(flat[1:])
    return int(np.packbits(bits).view(">u8")[0])


def group_near_images(hashes: Ints, distance: int) -> Ints:
    """For every hash the first of its group: linked where at most `distance` bits differ."""
    bands = distance + 1  # of so many bands at least one must be equal
    edges = [np.empty((0, 2), np.int64)]
    values, members = np.unique(hashes.view(np.uint64), return_inverse=True)  # copies would crowd out neighbours
    for band in range(bands):
        low, high = band * 64 // bands, (band + 1) * 64 // bands
        keys = (values >> np.uint64(low)) & np.uint64(2 ** (high - low) - 1)
        order = np.lexsort((values, keys))
        for step in range(1, _NEIGHBOURS):
            left, right = order[:-step], order[step:]
            share_band = keys[left] == keys[right]
            if not share_band.any():
                break
            is_near = share_band & (np.bitwise_count(values[left] ^ values[right]) <= distance)
            edges.append(np.stack([left[is_near], right[is_near]], axis=1))
    return first_of_groups(members, np.concatenate(edges))


def _shrink(grey: Grey, side: int) -> Grey:
    """The image as side x side means."""
    rows = np.linspace(0, grey.shape[0], side + 1).astype(int)[:-1]
    columns = np.linspace(0, grey.shape[1], side + 1).astype(int)[:-1]
    sums = np.add.reduceat(np.add.reduceat(grey, rows, axis=0), columns, axis=1)
    counts = np.maximum(np.diff(np.append(rows, grey.shape[0])), 1)[:, None] * np.maximum(
        np.diff(np.append(columns, grey.shape[1])), 1
    )
    means: Grey = (sums / counts).astype(np.float32)
    return means


_COSINES = np.cos(np.pi / HASH_SIDE * (np.arange(HASH_SIDE)[None, :] + 0.5) * np.arange(_HASH_BITS)[:, None]).astype(
    np.float32
)
