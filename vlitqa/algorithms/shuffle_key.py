"""Keys that shuffle whatever is sorted by them, in the same way on every machine and in every version of Python.

Samples of rows are drawn by them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

_KEY_BYTES = 64
"""Of the keys that rows are drawn by; another size would draw other samples than those of earlier runs."""


def shuffle_key(*parts: object, size: int = 8) -> bytes:
    """Returns bytes that look random and depend on the parts alone, such as a purpose, a seed and a row.

    Another size gives other bytes, and so another order.
    """
    text = " ".join(map(str, parts))
    return hashlib.blake2b(text.encode(), digest_size=size).digest()


def draw_rows(rows: Sequence[int], count: int, seed: int) -> frozenset[int]:
    """Draws as many rows as asked for by a seed, or takes all; the same ones on any machine."""
    shuffled = sorted(rows, key=lambda row: shuffle_key(seed, row, size=_KEY_BYTES))
    return frozenset(shuffled[:count])
