"""Answers to yes-or-no questions, read by MME's own rule and by the two others in use."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

YES, NO, OTHER = "yes", "no", "other"
_BEGINNING = 4
"""Characters of an answer that MME looks at."""
_WORD = re.compile(r"[a-z]+")


def read_as_mme(answer: str) -> str:
    """The whole answer, or the word in its first four characters; so `know` says no."""
    lower_case = answer.lower()
    if lower_case in (YES, NO):
        return lower_case
    beginning = lower_case[:_BEGINNING]
    return YES if YES in beginning else NO if NO in beginning else OTHER


def read_as_lmms_eval(answer: str) -> str:
    """As MME, but spaces around and full stops go, and `y` and `n` are enough."""
    bare = answer.lower().strip().replace(".", "")
    if bare in ("y", "n"):
        return YES if bare == "y" else NO
    return read_as_mme(bare)


def read_whole_words(answer: str) -> str:
    """VLMEvalKit: the one of both that stands in the answer as a word; with both or none it is neither."""
    words = set(_WORD.findall(answer.lower()))
    if (YES in words) == (NO in words):
        return OTHER
    return YES if YES in words else NO


YES_NO_READERS: Mapping[str, Callable[[str], str]] = {
    "official": read_as_mme,
    "lmms": read_as_lmms_eval,
    "words": read_whole_words,
}
"""By the name of MME's rules: the function that reads an answer."""
