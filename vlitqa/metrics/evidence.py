"""What metrics keep of a record beside numbers: vectors as text, and the group in which a record stands or falls."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from vlitqa.records import Record

Vectors = np.ndarray[Any, np.dtype[np.float32]]


def packed(vector: np.ndarray[Any, np.dtype[np.float32]]) -> str:
    """A vector in half precision, as text: its cosines stay right within 0.0005."""
    return base64.b85encode(vector.astype("<f2").tobytes()).decode()


def unpacked(texts: Sequence[str]) -> Vectors:
    """Packed vectors, of length one again.  # (texts, dimensions)"""
    rows = np.frombuffer(base64.b85decode("".join(texts)) if texts else b"", "<f2").astype(np.float32)
    vectors = rows.reshape(len(texts), -1) if texts else np.empty((0, 0), np.float32)
    lengths: Vectors = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12).astype(np.float32)
    return np.asarray(vectors / lengths, np.float32)


def group_of(record: Record) -> str:
    """Records of one image stand or fall together; one without images stands for itself and has no group."""
    if not record.images:
        return ""
    first = record.images[0]
    return first.name or hashlib.sha256(first.data or b"").hexdigest()[:16]


def groups_of(groups: Iterable[str], rows: Iterable[int]) -> list[str]:
    """The groups, those without one told apart by their rows."""
    return [group or f"row {row}" for group, row in zip(groups, rows, strict=True)]
