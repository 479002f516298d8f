"""The scores of all rows in few bytes, so that a page can count and list what a threshold keeps."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson

from reports.blocks import Explorer, Score
from vlitqa.algorithms.arrays import Floats
from vlitqa.algorithms.shuffle_key import shuffle_key

Places = np.ndarray[Any, np.dtype[np.int64]]
_STEPS = 101
"""Places of a slider."""
_LEVELS = (10_000, 1_000, _STEPS)
"""Different values of a metric that are told apart, the most that fit; of more, each is put to the next of so many
quantiles. What a slider keeps is exact with any of them."""


def payload_of(explorer: Explorer, budget: int) -> Mapping[str, Any]:
    """What the script of a page reads; of rows that do not fit even so only as many as do, and it says so."""
    places = np.arange(len(explorer.rows))
    for levels in _LEVELS:
        if _size(payload := _payload(explorer, places, levels, with_ids=True)) <= budget:
            return payload
    payload = _payload(explorer, places, _STEPS, with_ids=False)
    while (size := _size(payload)) > budget and len(places) > 1:
        places = _drawn(explorer, max(1, int(len(places) * min(0.9, 0.95 * budget / size))))
        payload = _payload(explorer, places, _STEPS, with_ids=False)
    return payload


def _payload(explorer: Explorer, places: Places, levels: int, *, with_ids: bool) -> Mapping[str, Any]:
    rows = np.array(explorer.rows, np.int64)[places] + 1
    ids = [explorer.ids[place] for place in places]
    plain = all(record_id in ("", str(row)) for record_id, row in zip(ids, rows.tolist(), strict=True))
    return {
        "total": len(explorer.rows),
        "rows": _packed(np.diff(rows, prepend=0).astype("<u4").tobytes()),
        "ids": _packed(orjson.dumps(ids)) if with_ids and not plain else None,
        "named": with_ids or plain,
        "scores": [_column(score, places, levels) for score in explorer.scores],
        "command": explorer.command,
    }


def _size(payload: Mapping[str, Any]) -> int:
    return len(orjson.dumps(payload))


def _column(score: Score, places: Places, most: int) -> Mapping[str, Any]:
    values = score.values[places]
    is_measured = np.isfinite(values)
    steps = _quantiles(values[is_measured], _STEPS)
    levels = np.unique(values[is_measured])
    if exact := len(levels) <= most:
        steps = steps if len(levels) > _STEPS else levels
    else:
        levels = np.union1d(_quantiles(values[is_measured], most), steps)
    codes = np.full(len(values), len(levels))
    if score.direction == "down":  # up to the next level: what is at most a step is told exactly
        codes[is_measured] = np.searchsorted(levels, values[is_measured], "left")
    else:
        codes[is_measured] = np.searchsorted(levels, values[is_measured], "right") - 1
    return {
        "metric": score.metric,
        "direction": score.direction,
        "share": score.is_share,
        "exact": exact,
        "levels": levels.tolist(),
        "steps": steps.tolist(),
        "codes": _packed(codes.astype("<u2").tobytes()),
    }


def _quantiles(values: Floats, count: int) -> Floats:
    """Values that are there, evenly by rank; the least and the greatest are among them."""
    return np.unique(np.quantile(values, np.linspace(0, 1, count), method="nearest")) if len(values) else values


def _drawn(explorer: Explorer, count: int) -> Places:
    """So many places, the same for the same rows."""
    rows = explorer.rows
    ranked = sorted(range(len(rows)), key=lambda place: shuffle_key(rows[place]))
    return np.sort(np.array(ranked[:count], np.int64))


def _packed(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content, 9)).decode()
