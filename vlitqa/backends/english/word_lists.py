"""Word lists that are written as text."""

from __future__ import annotations


def words_in(text: str) -> frozenset[str]:
    """The words of a text that lists them between spaces and line ends."""
    return frozenset(text.split())
