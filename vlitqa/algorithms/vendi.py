"""The Vendi score: the number of entirely different vectors that would be as diverse (Friedman and Dieng 2023)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from vlitqa.algorithms.arrays import Floats
from vlitqa.algorithms.blas import one_blas_thread
from vlitqa.algorithms.hill import hill_number

_Vectors = np.ndarray[Any, np.dtype[np.floating[Any]]]

_CHUNK = 4096
"""Vectors that are converted in one go."""


@dataclass(frozen=True, slots=True, eq=False)
class VendiState:
    """The sufficient state of unit vectors X for the score: X^T X and their number. Parts may be merged."""

    products: Floats  # (dimensions, dimensions)
    count: int

    @classmethod
    def of(cls, vectors: _Vectors) -> VendiState:
        """The state of some vectors, one a row."""
        products = np.zeros((vectors.shape[1], vectors.shape[1]))
        for start in range(0, len(vectors), _CHUNK):
            part = vectors[start : start + _CHUNK].astype(np.float64)
            with one_blas_thread():
                products += part.T @ part
        return cls(products, len(vectors))

    def merge(self, other: VendiState) -> VendiState:
        """The state of the vectors of both."""
        return VendiState(self.products + other.products, self.count + other.count)

    def score(self, order: float) -> float | None:
        """The Hill number of the eigenvalues of X^T X / n, which are those of the cosines of all pairs over n.

        At most the number of dimensions. It grows with n until the vectors have filled their space. None for none.
        """
        if not self.count:
            return None
        with one_blas_thread():
            eigenvalues = np.linalg.eigvalsh(self.products / self.count)
        return hill_number(np.maximum(eigenvalues, 0), order)

    def score_of_pairs(self) -> float | None:
        """One over the mean squared cosine of two different vectors: order 2 without the bias of a small sample.

        The score of order 2 is that over all pairs, those of a vector with itself among them. None for fewer than two
        vectors, or where none has anything in common with another.
        """
        if self.count < 2:
            return None
        shared = float((self.products**2).sum()) - self.count  # a unit vector's squared cosine with itself is 1
        rounding = 1e-6 * self.count  # float32 lengths are that far off 1
        return self.count * (self.count - 1) / shared if shared > rounding else None
