"""Cuts a text into sentences in one pass, whatever the text is."""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST_SENTENCE = 600
"""Characters of a sentence; a longer one is cut, because chunkers and parsers take the square of it."""

# A run is only met at its first character and never given back, so no text takes more than one pass.
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’)\]]*+(?=\s)|[。！？]++[”’」』）]*+|\n+")
_ABBREVIATIONS = frozenset("mr mrs ms dr prof st vs etc e.g i.e cf fig no approx u.s a.m p.m".split())  # noqa: SIM905 - a table to read


def split_sentences(text: str) -> Iterator[str]:
    """The sentences of a text, none of them empty; a line is never longer than its end."""
    start = 0
    for end in _END.finditer(text):
        if text[end.start()] == "." and _is_abbreviation(text, start, end.start()):
            continue
        yield from _pieces(text[start : end.end()])
        start = end.end()
    yield from _pieces(text[start:])


def _is_abbreviation(text: str, start: int, stop: int) -> bool:
    """True if the full stop at `stop` belongs to a word such as `Mr.` or to an initial."""
    before = text[max(start, stop - 8) : stop].split()
    word = before[-1] if before else ""
    return word.lower().lstrip("(") in _ABBREVIATIONS or (len(word) == 1 and word.isupper() and len(before) > 1)


def _pieces(sentence: str) -> Iterator[str]:
    sentence = sentence.strip()
    while len(sentence) > LONGEST_SENTENCE:
        cut = sentence.rfind(" ", LONGEST_SENTENCE // 2, LONGEST_SENTENCE)
        cut = cut if cut > 0 else LONGEST_SENTENCE
        yield sentence[:cut].rstrip()
        sentence = sentence[cut:].lstrip()
    if sentence:
        yield sentence
