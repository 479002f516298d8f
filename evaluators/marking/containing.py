"""Whether an answer says a reference somewhere, as LVLM-eHub counts it; and when that says nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

_NO_LETTER = re.compile(r"[^a-zA-Z0-9\s]")


@lru_cache(1 << 16)
def _words(word: str) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(word)}\b")


def says(sentence: str, word: str) -> bool:
    """Whether words stand in a sentence between word boundaries; an empty text stands in nearly every sentence."""
    return _words(word).search(sentence) is not None


def letters(text: str) -> str:
    """ASCII letters, digits and spaces alone, in small: `T-shirt` is one word, `café` loses its end."""
    return _NO_LETTER.sub("", text).lower()


@lru_cache(1 << 16)
def read(text: str) -> str:
    """Letters and digits of all scripts, in small: `T-shirt` is two words, `café` keeps its end."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(each if each.isalnum() or unicodedata.category(each) in ("Mn", "Mc") else " " for each in plain)
    return " ".join(kept.split())


def echoed(answer: str, options: Sequence[str]) -> bool:
    """Whether an answer says two or more of its options: one of them is then right whatever was meant."""
    return sum(bool(option) and says(answer, option) for option in dict.fromkeys(options)) > 1
