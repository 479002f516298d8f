"""Keys that shuffle whatever is sorted by them, in the same way on every machine and in every version of Python."""

from __future__ import annotations

import hashlib


def shuffle_key(*parts: object, size: int = 8) -> bytes:
    """Returns bytes that look random and depend on the parts alone, such as a purpose, a seed and a row.

    Another size gives other bytes, and so another order.
    """
    text = " ".join(map(str, parts))
    return hashlib.blake2b(text.encode(), digest_size=size).digest()
