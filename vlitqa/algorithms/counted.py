"""Numbers and nouns, as sentences put them together."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """Returns a number and a noun, such as `1 row` or `2 rows`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
