"""Text of a dataset as a page may show it: what cannot be seen is named, and nothing turns the direction of a line."""

from __future__ import annotations

import unicodedata

_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
_ALLOWED = frozenset("\n\t\u200d\ufe0f")
"""Line ends and tabs; and what joins the parts of an emoji."""


def visible(text: str) -> str:
    """The text with a mark such as ⟨U+202E⟩ for every character that would not be seen."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        letter if letter in _ALLOWED or unicodedata.category(letter) not in _HIDDEN else f"⟨U+{ord(letter):04X}⟩"
        for letter in text
    )
