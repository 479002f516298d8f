"""Which answer to a yes-or-no question counts as what: MME's own rule and the two others in use."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

YES, NO, OTHER = "yes", "no", "other"
_BEGINNING = 4
"""Characters of an answer that MME looks at."""
_WORD = re.compile(r"[a-z]+")


def official(answer: str) -> str:
    """MME's own: the whole answer, or what stands in its first four characters; so `know` says no."""
    said = answer.lower()
    if said in (YES, NO):
        return said
    begun = said[:_BEGINNING]
    return YES if YES in begun else NO if NO in begun else OTHER


def lmms(answer: str) -> str:
    """lmms-eval: spaces around and full stops go, and `y` and `n` are enough."""
    said = answer.lower().strip().replace(".", "")
    if said in ("y", "n"):
        return YES if said == "y" else NO
    return official(said)


def whole_words(answer: str) -> str:
    """VLMEvalKit: the one of both that stands in the answer as a word; with both or none it is neither."""
    words = set(_WORD.findall(answer.lower()))
    if (YES in words) == (NO in words):
        return OTHER
    return YES if YES in words else NO


PARSERS: Mapping[str, Callable[[str], str]] = {"official": official, "lmms": lmms, "words": whole_words}
