"""Options that an answer to a choice names: by letter, by words, or several, which is none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from evaluators.marking.vqa_text import normalise

_LETTERS = "ABCDEFGH"
_LETTER_FIRST = re.compile(r"\s*(?:([A-H])(?:\s*$|[.:)](?=\s|$))|\(([A-H])\))")
_LETTER_STATED = re.compile(r"[Tt]he answer is \(?([A-H])\)?(?=[.,):]|\s*$)")
_LETTER_ANYWHERE = re.compile(r"\b([A-H])[.:)](?=\s|$)|\(([A-H])\)")


def named_options(answer: str, options: Sequence[str]) -> set[str]:
    """The options that an answer names, in plain words; equal ones are one."""
    plain_options = [plain(option) for option in options]
    if (words := plain(answer)) and words in plain_options:
        return {words}
    letter, rest = _split_letter(answer, len(options))
    if not letter:
        return _options_inside(answer, plain_options)
    by_letter, by_words = plain_options[_LETTERS.index(letter)], _option_at_start(rest, plain_options)
    if by_words == by_letter:
        rest = _strip_punctuation(rest)[len(by_letter) :]  # `B. vitamin C.` names no other letter
    others = {match[1] or match[2] for match in _LETTER_ANYWHERE.finditer(rest)} & set(_LETTERS[: len(options)])
    return {by_letter, by_words or by_letter} | {plain_options[_LETTERS.index(other)] for other in others}


@lru_cache(1 << 16)
def plain(text: str) -> str:
    """In lower case, with single spaces, and without the punctuation of a sentence around it; signs of numbers stay."""
    return _strip_punctuation(text).lower()


def _strip_punctuation(text: str) -> str:
    return " ".join(text.split()).strip(" .,;:!?\"'")


def _split_letter(answer: str, count: int) -> tuple[str, str]:
    """The letter that an answer begins with or states, and the rest of it."""
    if match := _LETTER_FIRST.match(answer):
        letter, rest = match[1] or match[2], answer[match.end() :]
    elif match := _LETTER_STATED.search(answer):
        letter, rest = match[1], answer[: match.start()] + answer[match.end() :]
    else:
        return "", answer
    return (letter, rest) if _LETTERS.index(letter) < count else ("", answer)


def _option_at_start(rest: str, options: Sequence[str]) -> str:
    """The option that follows a letter at once; what comes later may be said of any of them."""
    fitting = [option for option in options if option and re.match(rf"{re.escape(option)}(?!\w)", plain(rest))]
    return max(fitting, key=len, default="")


def _options_inside(answer: str, options: Sequence[str]) -> set[str]:
    """The options that stand in an answer, longer ones first, as they are written or else as VQA compares them."""
    for text, read in ((plain(answer), str), (normalise(answer), normalise)):
        by_text = {
            words: [option for option in options if read(option) == words] for words in map(read, options) if words
        }
        inside: set[str] = set()
        for words in sorted(by_text, key=len, reverse=True):
            text, times = re.subn(rf"(?<!\w)(?<!\d[.,]){re.escape(words)}(?!\w|[.,]\d)", " | ", text)
            inside.update(by_text[words] if times else ())
        if inside:
            return inside
    return set()
