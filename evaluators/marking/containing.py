"""References inside answers, as LVLM-eHub counts them; and answers in which that says nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

_NOT_ASCII = re.compile(r"[^a-zA-Z0-9\s]")


def contains_words(sentence: str, words: str) -> bool:
    """True if words stand in a sentence between word boundaries; an empty text stands in nearly every sentence."""
    return _between_boundaries(words).search(sentence) is not None


def ascii_letters(text: str) -> str:
    """ASCII letters, digits and spaces alone, in lower case: `T-shirt` is one word, `café` loses its end."""
    return _NOT_ASCII.sub("", text).lower()


@lru_cache(1 << 16)
def letters_of_any_script(text: str) -> str:
    """Letters and digits of all scripts, in lower case: `T-shirt` is two words, `café` keeps its end."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    letters = (letter if letter.isalnum() or unicodedata.category(letter) in ("Mn", "Mc") else " " for letter in folded)
    return " ".join("".join(letters).split())


def names_several(answer: str, options: Sequence[str]) -> bool:
    """True if an answer says two or more of its options: one of them is then right whatever was meant."""
    return sum(bool(option) and contains_words(answer, option) for option in dict.fromkeys(options)) > 1


@lru_cache(1 << 16)
def _between_boundaries(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(words)}\b")
