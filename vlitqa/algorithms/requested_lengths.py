"""Lengths that instructions ask for, in English words, and whether a response keeps to them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from vlitqa.algorithms.sentences import split_sentences
from vlitqa.algorithms.words import count_words

PHRASE_WORDS = 5
"""The most words of a phrase."""
DETAILED_WORDS = 35
"""The fewest words of a detailed response, and the most of a short one: docs/measurements.md."""
_ABOUT = 0.25
"""The share by which a response may miss a number of words that is no limit."""

_TEXT = (
    r"(?:answers?|responses?|descriptions?|captions?|summar(?:y|ies)|explanations?|replies|reply|accounts?|overviews?|"
    r"sentences?|phrases?|interpretations?|depictions?|narratives?|narrations?|portrayals?|analysis|rundowns?|reports?)"
)
_NUMBERED = re.compile(
    r"(?P<limit>at most|no more than|not more than|up to|fewer than|less than|under|within|maximum of|max\.?|limit of|"
    r"at least|no fewer than|no less than|more than|over|minimum of|about|around|roughly|approximately|in|with|using|"
    r"exactly)\s(?:about\s|around\s)?(?P<number>\d{1,4})\swords\b",
    re.IGNORECASE,
)
_AT_LEAST = ("at least", "no fewer", "no less", "more than", "over", "minimum")
_ABOUT_WORDS = ("about", "around", "roughly", "approximately", "in", "with", "using", "exactly")
_PHRASE = re.compile(
    r"\b(?:(?:a|one|single)[\s-]word|a\sword\sor|word\sor\s(?:short\s)?phrase|(?:a|one)\s(?:single\s)?phrase|a\sfew\swords|"
    r"option'?s?\s?letter|letter\sof\sthe\s(?:correct|right)|only\sthe\sletter|(?:answer|reply|respond)\s(?:with\s)?"
    r"(?:only\s)?['\"]?yes['\"]?\sor\s['\"]?no)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"\b(?:(?:one|a\ssingle|1|single)[\s-]sentence|in\sa\ssentence)\b", re.IGNORECASE)
_SHORT = re.compile(
    rf"\b(?:short|brief|concise|succinct|compact|terse|condensed)\s(?:(?:and|but|yet)\s\w+\s|\w+\s)?{_TEXT}\b|"
    r"\b(?:briefly|concisely|succinctly|in\sshort|in\sbrief|in\sa\snutshell|in\sa\sfew\s(?:words|sentences)|"
    r"(?:be|keep\sit)\s(?:short|brief|concise))\b",
    re.IGNORECASE,
)
_DETAILED = re.compile(
    rf"\b(?:detailed|thorough|comprehensive|elaborate|in-depth|extensive|exhaustive|meticulous|rich)\s"
    rf"(?:(?:and|but|yet)\s\w+\s|\w+\s)?{_TEXT}\b|\bin\s(?:\w+\s)?(?:detail|depth)\b|\bas\s(?:detailed|much\sdetail)\b|"
    r"\b(?:thoroughly|comprehensively|exhaustively|meticulously|elaborately)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class RequestedLength:
    """A kind of length that an instruction asks for, and the test of a response."""

    kind: str
    is_kept: Callable[[str], bool]


def requested_length(instruction: str) -> RequestedLength | None:
    """The length that an instruction asks for, the most exact demand first; None where it asks for none."""
    if match := _NUMBERED.search(instruction):
        return RequestedLength("a number of words", _numbered(match["limit"].lower(), int(match["number"])))
    if _PHRASE.search(instruction):
        return RequestedLength("a word or a phrase", lambda response: count_words(response) <= PHRASE_WORDS)
    if _SENTENCE.search(instruction):
        return RequestedLength("one sentence", lambda response: sum(1 for _ in split_sentences(response)) == 1)
    is_short, is_detailed = bool(_SHORT.search(instruction)), bool(_DETAILED.search(instruction))
    if is_short == is_detailed:  # neither, or both: `a short but detailed description` has no length
        return None
    if is_short:
        return RequestedLength("a short response", lambda response: count_words(response) <= DETAILED_WORDS)
    return RequestedLength("a detailed response", lambda response: count_words(response) >= DETAILED_WORDS)


def _numbered(limit: str, number: int) -> Callable[[str], bool]:
    if limit.startswith(_AT_LEAST):
        return lambda response: count_words(response) >= number
    if limit in _ABOUT_WORDS:
        return lambda response: abs(count_words(response) - number) <= _ABOUT * number
    return lambda response: count_words(response) <= number
