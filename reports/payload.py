"""The scores of all rows in few bytes, so that a page can count and list what a threshold keeps."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from reports.blocks import Explorer, Score
from vlitqa.gallery import BORDERLINE, DISPUTED, RANDOM, WORST

Floats = np.ndarray[Any, np.dtype[np.float64]]
_NONE = 0xFFFF
_LEVELS = 1_000
"""Different values of a metric that are told apart; of more, each is put to the next of so many quantiles."""
_STEPS = 101


def payload_of(explorer: Explorer, budget: int) -> Mapping[str, Any]:
    """What the script of a page reads; of very many rows only as many as the budget holds, and it says so."""
    rows, ids = np.array(explorer.rows, np.int64), explorer.ids
    room = max(1, budget // (2 * len(explorer.scores) + 16))
    kept = np.arange(len(rows)) if len(rows) <= room else _drawn(rows, room)
    own = [str(ids[at]) for at in kept]
    plain = all(each == "" or each == str(rows[at] + 1) for each, at in zip(own, kept, strict=True))
    return {
        "total": len(rows),
        "rows": _packed((rows[kept] + 1).astype("<u4")),
        "ids": None if plain else own,
        "scores": [_column(score, kept) for score in explorer.scores],
        "command": explorer.command,
        "modes": [WORST, BORDERLINE, DISPUTED, RANDOM],
    }


def _column(score: Score, kept: np.ndarray[Any, np.dtype[np.int64]]) -> Mapping[str, Any]:
    values = score.values[kept]
    known = np.isfinite(values)
    steps = _quantiles(values[known], _STEPS)
    levels = np.unique(values[known])
    if len(levels) > _LEVELS:
        levels = np.union1d(_quantiles(values[known], _LEVELS), steps)
    codes = np.full(len(values), _NONE, "<u2")
    if score.direction == "down":  # up to the next level: what is at most a step is told exactly
        codes[known] = np.searchsorted(levels, values[known], "left")
    else:
        codes[known] = np.searchsorted(levels, values[known], "right") - 1
    return {
        "metric": score.metric,
        "direction": score.direction,
        "levels": levels.tolist(),
        "steps": steps.tolist(),
        "codes": _packed(codes),
    }


def _quantiles(values: Floats, count: int) -> Floats:
    """Values that are there, evenly by rank; the least and the greatest are among them."""
    return np.unique(np.quantile(values, np.linspace(0, 1, count), method="nearest")) if len(values) else values


def _drawn(rows: np.ndarray[Any, np.dtype[np.int64]], count: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """So many places, the same for the same rows."""
    ranked = sorted(range(len(rows)), key=lambda at: hashlib.blake2b(b"%d" % rows[at], digest_size=8).digest())
    return np.sort(np.array(ranked[:count]))


def _packed(numbers: np.ndarray[Any, Any]) -> str:
    return base64.b64encode(zlib.compress(numbers.tobytes(), 9)).decode()
