"""The brackets of a JSON text: where the first one closes, and which of them are still open at the end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_UP_TO_BRACKET = re.compile(r'(?:[^{}\[\]"]++|"(?:[^"\\]|\\.|\\\Z)*+(?:"|\Z))*+([{}\[\]]|\Z)', re.DOTALL)
"""The next bracket outside strings, or the end: one match a bracket, for there may be millions."""


@dataclass(frozen=True, slots=True)
class Brackets:
    """How the brackets of a text that begins with a value, not inside a string, match."""

    open_objects: Sequence[int]
    """The places of the objects that are open at its end, or at the first bracket that closes another kind."""
    end: int
    """The place behind the bracket that closes the first one; 0 if none does."""


def match_brackets(text: str) -> Brackets:
    """Looks which bracket closes which."""
    unclosed: list[int] = []
    for token in _UP_TO_BRACKET.finditer(text):
        bracket = token[1]
        if not bracket:
            break
        if bracket in "{[":
            unclosed.append(token.end() - 1)
        elif not unclosed or text[unclosed[-1]] + bracket not in ("{}", "[]"):
            break
        else:
            unclosed.pop()
            if not unclosed:
                return Brackets((), token.end())
    return Brackets([place for place in unclosed if text[place] == "{"], 0)
