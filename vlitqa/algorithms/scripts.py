"""Scripts of texts: tells those that English rules may read."""

from __future__ import annotations

import re

_OUTSIDE_LATIN = re.compile("[^\\0-\u024f]+")
"""Characters behind the Latin letters with accents: other letters, and signs such as curly quotes."""


def is_in_latin_letters(text: str) -> bool:
    """True for a text that English rules may read: at least half of its letters are Latin, or it has none."""
    if text.isascii():
        return True
    others = sum(map(str.isalpha, "".join(_OUTSIDE_LATIN.findall(text))))
    return not others or 2 * others <= sum(map(str.isalpha, text))
