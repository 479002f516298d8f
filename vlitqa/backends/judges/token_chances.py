"""How likely a model found each answer: read from the log-probabilities of its tokens, or not at all."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_VALUE = re.compile(r'\A\s*(?:```(?:json)?\s*)?\{\s*"answer"\s*:\s*"?')
_UNLISTED = 0.001
"""What tokens that are not listed may hold together: an answer among them is then known to less than a thousandth."""
_MISSED = 0.5
"""Where other words than the answers hold more, the token that was looked at is not the one that answers."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token that a model wrote, and the log-probabilities of those it could have written there."""

    text: str
    chances: Mapping[str, float]


def chances_of(answers: Sequence[str], tokens: Sequence[Token]) -> dict[str, float]:
    """The probability of each answer; nothing where tokens do not tell all answers apart.

    "10" is often the token "1" and then "0": wherever one answer begins another, the longer one must be seen as a
    token of its own. A constant is never put in place of what a server does not list.
    """
    found = _deciding(tokens)
    if found is None or len(set(answers)) < 2:
        return {}
    prefix, token = found
    listed = _by_answer(prefix, token, answers)
    begun = {long for long in answers for short in answers if long != short and long.startswith(short)}
    total = sum(math.exp(min(each, 0.0)) for each in token.chances.values())
    missing = set(answers) - set(listed)
    if missing & begun or (missing and 1.0 - total > _UNLISTED) or sum(listed.values()) < _MISSED:
        return {}
    whole = sum(listed.values())
    return {answer: listed.get(answer, 0.0) / whole for answer in answers}


def _deciding(tokens: Sequence[Token]) -> tuple[str, Token] | None:
    """The token in which the answer begins, and what stands before the answer in it."""
    text = "".join(token.text for token in tokens)
    opening = _VALUE.match(text)
    start = opening.end() if opening else len(text) - len(text.lstrip())
    at = 0
    for token in tokens:
        if at + len(token.text) > start:
            return text[at:start], token
        at += len(token.text)
    return None


def _by_answer(prefix: str, token: Token, answers: Sequence[str]) -> dict[str, float]:
    """The probability of each answer that is listed as a token, with what closes it or without."""
    listed: dict[str, float] = {}
    for text, chance in token.chances.items():
        answer = text[len(prefix) :].rstrip('"} \n')
        if text.startswith(prefix) and answer in answers and math.isfinite(chance):
            listed[answer] = listed.get(answer, 0.0) + math.exp(min(chance, 0.0))
    return listed
