"""The brackets of a JSON text: where the first one closes, and which of them are still open at the end."""

from __future__ import annotations

import re

_BRACKET_OR_STRING = re.compile(r'[{}\[\]]|"(?:[^"\\]|\\.)*+"?', re.DOTALL)


def open_objects(text: str) -> list[int]:
    """The places of the objects that are open at the end of a text, or at the first bracket that closes another kind.

    The text begins with a value, not inside a string.
    """
    return [place for place in _open_brackets(text)[0] if text[place] == "{"]


def end_of_brackets(text: str) -> int:
    """The place behind the bracket that closes the first one; 0 if none does."""
    return _open_brackets(text)[1]


def _open_brackets(text: str) -> tuple[list[int], int]:
    unclosed: list[int] = []
    for token in _BRACKET_OR_STRING.finditer(text):
        bracket = text[token.start()]
        if bracket in "{[":
            unclosed.append(token.start())
        elif bracket != '"':
            if not unclosed or text[unclosed[-1]] + bracket not in ("{}", "[]"):
                break
            unclosed.pop()
            if not unclosed:
                return [], token.end()
    return unclosed, 0
