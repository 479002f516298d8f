"""What metrics keep of a record beside numbers: vectors as text, and the group in which a record stands or falls."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vlitqa.algorithms.resampling import grouped_mean_interval
from vlitqa.records import Record
from vlitqa.results import Figure, Measurement

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


@dataclass(frozen=True, slots=True)
class Turns:
    """What a metric kept of every turn that it measured, in the order of the rows."""

    kept: list[Any]
    groups: list[str]
    """Of each turn; a record without a group is one of its own."""
    left_out: dict[str, int]


def turns_of(measurements: Iterable[Measurement], key: str = "turns") -> Turns:
    """The turns in the evidence of a dataset, and how many records have none, by status."""
    kept: list[Any] = []
    groups: list[str] = []
    left_out: Counter[str] = Counter()
    for each in sorted(measurements, key=lambda each: each.place.row):
        if each.value is None:
            left_out[each.status.value] += 1
            continue
        kept += each.evidence[key]
        groups += [each.evidence["group"] or f"row {each.place.row}"] * len(each.evidence[key])
    return Turns(kept, groups, dict(left_out))


def mean_figure(blank: Figure, found: Sequence[tuple[float, str]], seed: int) -> Figure:
    """A figure with the mean of values and the interval that their groups give it; without values, with its reason."""
    if not found:
        return blank
    values, groups = [value for value, _ in found], [group for _, group in found]
    interval = grouped_mean_interval(values, groups, seed)
    return replace(blank, value=sum(values) / len(values), interval=interval, measured=len(values), reason="")
