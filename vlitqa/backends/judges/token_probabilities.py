"""Probabilities of the answers to a question, read from the log-probabilities of a reply's tokens, or not at all."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from vlitqa.backends.chat.reply import Token

_OPENING = re.compile(r'\A\s*(?:```(?:json)?\s*)?\{\s*"answer"\s*:\s*"?')
_MOST_UNLISTED = 0.001
"""The probability that unlisted tokens may hold together: an answer among them is then exact to a thousandth."""
_LEAST_LISTED = 0.5
"""The probability that the answers must hold: where other words hold more, the token is not the one that answers."""


def answer_probabilities(answers: Sequence[str], tokens: Sequence[Token]) -> dict[str, float]:
    """Returns the probability of each answer; nothing where the tokens do not tell all answers apart.

    "10" is often the token "1" and then "0": wherever one answer begins another, the longer one must be seen as a
    token of its own. A constant is never put in place of what a server does not list.
    """
    decisive = _decisive_token(tokens)
    if decisive is None or len(set(answers)) < 2:
        return {}
    prefix, token = decisive
    listed = _listed_answers(prefix, token, answers)
    extensions = {long for long in answers for short in answers if long != short and long.startswith(short)}
    total = sum(math.exp(min(value, 0.0)) for value in token.log_probabilities.values())
    unlisted = set(answers) - set(listed)
    if unlisted & extensions or (unlisted and 1.0 - total > _MOST_UNLISTED) or sum(listed.values()) < _LEAST_LISTED:
        return {}
    whole = sum(listed.values())
    return {answer: listed.get(answer, 0.0) / whole for answer in answers}


def _decisive_token(tokens: Sequence[Token]) -> tuple[str, Token] | None:
    """Finds the token in which the answer begins, and the text that stands before the answer in it."""
    text = "".join(token.text for token in tokens)
    opening = _OPENING.match(text)
    start = opening.end() if opening else len(text) - len(text.lstrip())
    place = 0
    for token in tokens:
        if place + len(token.text) > start:
            return text[place:start], token
        place += len(token.text)
    return None


def _listed_answers(prefix: str, token: Token, answers: Sequence[str]) -> dict[str, float]:
    """The probability of each answer that is listed as a token, with or without the quote that closes it."""
    listed: dict[str, float] = {}
    for text, value in token.log_probabilities.items():
        answer = text[len(prefix) :].rstrip('"} \n')
        if text.startswith(prefix) and answer in answers and math.isfinite(value):
            listed[answer] = listed.get(answer, 0.0) + math.exp(min(value, 0.0))
    return listed
