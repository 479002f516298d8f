"""Scripts of texts: tells those that English rules may read."""

from __future__ import annotations

import re

_OUTSIDE_LATIN = re.compile("[^\\0-\u024f]+")
"""Characters behind the Latin letters with accents: other letters, and signs such as curly quotes."""


_FEWEST_LETTERS = 8
_SPEAKS_OF_LANGUAGES = re.compile(
    r"\b(?:translat\w+|language|chinese|english|japanese|korean|arabic|russian|hindi|characters?|written|script|"
    r"text|words?|say|says|read|reads|transcri\w+|ocr)\b|翻译|中文|英文|英语|文字|翻訳",
    re.IGNORECASE,
)
"""Questions whose answer may rightly be in other letters."""


def answers_in_other_script(question: str, answer: str) -> bool:
    """True if a question in Latin letters has an answer in others, or the other way round, and does not ask for it."""
    if question.isascii() and answer.isascii():
        return False
    if min(_count_letters(question), _count_letters(answer)) < _FEWEST_LETTERS:
        return False
    differs = is_in_latin_letters(question) != is_in_latin_letters(answer)
    return differs and not _SPEAKS_OF_LANGUAGES.search(question)


def _count_letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def is_in_latin_letters(text: str) -> bool:
    """True for a text that English rules may read: at least half of its letters are Latin, or it has none."""
    if text.isascii():
        return True
    others = sum(map(str.isalpha, "".join(_OUTSIDE_LATIN.findall(text))))
    return not others or 2 * others <= sum(map(str.isalpha, text))
