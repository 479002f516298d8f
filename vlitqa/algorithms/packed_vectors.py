"""Vectors as short texts in half precision, so that evidence can hold them."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import numpy as np

from vlitqa.algorithms.arrays import Vectors


def pack_vector(vector: Vectors) -> str:
    """A vector in half precision, as text: its cosines stay right within 0.0005."""
    return base64.b85encode(vector.astype("<f2").tobytes()).decode()


def unpack_vectors(texts: Sequence[str]) -> Vectors:
    """Packed vectors, of length one again.  # (texts, dimensions)"""
    halves = np.frombuffer(base64.b85decode("".join(texts)) if texts else b"", "<f2").astype(np.float32)
    vectors = halves.reshape(len(texts), -1) if texts else np.empty((0, 0), np.float32)
    lengths: Vectors = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12).astype(np.float32)
    return np.asarray(vectors / lengths, np.float32)
