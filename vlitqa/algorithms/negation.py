"""Turns an English answer into its opposite, by rules that are blind to what it means."""

from __future__ import annotations

import re

_AUXILIARIES = "is|are|was|were|am|has|have|had|does|do|did|could|can|will|would|shall|should|may|might|must"
_AUXILIARY = re.compile(
    rf"\b(?:(?P<fused>cannot|can['’]t|won['’]t|shan['’]t)|(?P<short>{_AUXILIARIES})n['’]t|"
    rf"(?P<plain>{_AUXILIARIES})(?P<not>\s+not)?)\b",
    re.IGNORECASE,
)
_FUSED = {"c": "can", "w": "will", "s": "shall"}
"""The auxiliaries of `cannot`, `won't` and `shan't`, by their first letter."""
_SENTENCE = re.compile(r"(?<=[.!?])(\s+)")
_HEAD = re.compile(r"\s*(yes|no)\b", re.IGNORECASE)
_PAIRS = (
    *("left right", "top bottom", "upper lower", "up down", "above below", "true false"),
    *("black white", "red green", "blue yellow", "orange purple", "pink brown", "grey gold", "gray silver"),
    *("one two", "three four", "five six", "seven eight", "nine ten"),
)
_OPPOSITES = {
    word: other for first, second in map(str.split, _PAIRS) for word, other in ((first, second), (second, first))
}
_OPPOSITE = re.compile(rf"\b(?:{'|'.join(_OPPOSITES)}|\d{{1,18}})\b", re.IGNORECASE)


def negate(text: str) -> str | None:
    """The opposite of a text, sentence by sentence; None where no rule applies to any of them.

    `Yes` and `no` at the beginning are exchanged. In each sentence the first auxiliary gains a `not` or loses it; only
    in one without auxiliary are words of side, colour and number exchanged, and numbers raised by one.
    """
    parts = [part if not part.strip() else _negate_sentence(part) for part in _SENTENCE.split(text)]
    opposite = "".join(parts)
    return opposite if opposite != text else None


def _negate_sentence(sentence: str) -> str:
    head = _HEAD.match(sentence)
    if head:
        word = head[1]
        start, rest = sentence[: head.start(1)], sentence[head.end() :]
        other = "no" if word.lower() == "yes" else "yes"
        return start + _in_case_of(word, other) + _AUXILIARY.sub(_flip_auxiliary, rest, 1)
    flipped, count = _AUXILIARY.subn(_flip_auxiliary, sentence, 1)
    return flipped if count else _OPPOSITE.sub(_exchange_word, sentence)


def _flip_auxiliary(match: re.Match[str]) -> str:
    """The auxiliary with `not` if it had none, and without if it had one."""
    if fused := match["fused"]:
        return _in_case_of(fused, _FUSED[fused[0].lower()])
    if match["short"]:
        return match["short"]
    return match["plain"] if match["not"] else f"{match['plain']} not"


def _exchange_word(match: re.Match[str]) -> str:
    word = match[0]
    return str(int(word) + 1) if word.isdigit() else _in_case_of(word, _OPPOSITES[word.lower()])


def _in_case_of(word: str, other: str) -> str:
    if word.isupper() and len(word) > 1:
        return other.upper()
    return other.capitalize() if word[0].isupper() else other
