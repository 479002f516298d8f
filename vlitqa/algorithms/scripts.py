"""Scripts of texts: tells those that English rules may read."""

from __future__ import annotations

_BEHIND_LATIN = 0x250
"""The first code point behind the Latin letters with accents."""


def is_in_latin_letters(text: str) -> bool:
    """True for a text that English rules may read: at least half of its letters are Latin, or it has none."""
    if text.isascii():
        return True
    letters = [letter for letter in text if letter.isalpha()]
    return 2 * sum(ord(letter) < _BEHIND_LATIN for letter in letters) >= len(letters)
