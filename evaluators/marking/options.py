"""Which of its options an answer to a choice names: by letter, by words, or several, which is none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from evaluators.marking.vqa_text import normalised

_LETTERS = "ABCDEFGH"
_BEGINS = re.compile(r"\s*(?:([A-H])(?:\s*$|[.:)](?=\s|$))|\(([A-H])\))")
_TOLD = re.compile(r"[Tt]he answer is \(?([A-H])\)?(?=[.,):]|\s*$)")
_MARKED = re.compile(r"\b([A-H])[.:)](?=\s|$)|\(([A-H])\)")


def named_options(said: str, options: Sequence[str]) -> set[str]:
    """The options that an answer names, in plain words; equal ones are one."""
    known = [plain(each) for each in options]
    if (words := plain(said)) and words in known:
        return {words}
    letter, rest = _letter(said, len(options))
    if not letter:
        return _inside(said, known)
    own, begun = known[_LETTERS.index(letter)], _begun(rest, known)
    behind = _bare(rest)[len(own) :] if begun == own else rest  # `B. vitamin C.` names no other letter
    others = {found[1] or found[2] for found in _MARKED.finditer(behind)} & set(_LETTERS[: len(options)])
    return {own, begun or own} | {known[_LETTERS.index(each)] for each in others}


@lru_cache(1 << 16)
def plain(text: str) -> str:
    """In small, with single spaces, and without the marks of a sentence around it; signs of numbers stay."""
    return _bare(text).lower()


def _bare(text: str) -> str:
    return " ".join(text.split()).strip(" .,;:!?\"'")


def _letter(said: str, count: int) -> tuple[str, str]:
    """The letter that an answer begins with or tells, and what it says besides."""
    if found := _BEGINS.match(said):
        letter, rest = found[1] or found[2], said[found.end() :]
    elif found := _TOLD.search(said):
        letter, rest = found[1], said[: found.start()] + said[found.end() :]
    else:
        return "", said
    return (letter, rest) if _LETTERS.index(letter) < count else ("", said)


def _begun(rest: str, known: Sequence[str]) -> str:
    """The option that follows a letter at once; what comes later may be said of any of them."""
    fitting = [each for each in known if each and re.match(rf"{re.escape(each)}(?!\w)", plain(rest))]
    return max(fitting, key=len, default="")


def _inside(said: str, known: Sequence[str]) -> set[str]:
    """The options that stand in an answer, longer ones first, as they are written or else as VQA compares them."""
    for text, read in ((plain(said), str), (normalised(said), normalised)):
        written = {own: [each for each in known if read(each) == own] for own in map(read, known) if own}
        found: set[str] = set()
        for own in sorted(written, key=len, reverse=True):
            text, times = re.subn(rf"(?<!\w)(?<!\d[.,]){re.escape(own)}(?!\w|[.,]\d)", " | ", text)
            found.update(written[own] if times else ())
        if found:
            return found
    return set()
