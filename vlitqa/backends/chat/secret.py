"""The key of a server, recognised in replies that disguise it: a server may put what it was shown into an answer."""

from __future__ import annotations

import re
import unicodedata

_SHORTEST_SECRET = 16
"""Characters; a shorter key is a word such as `none` for a server that wants no key, and may stand in any reply."""
_SHORTEST_PIECE, _LONGEST_PIECE = 8, 16
_FEWEST_LETTERS = 5
"""Different letters or digits in a piece; others, such as 00000000, stand in many replies."""
_ESCAPE = re.compile(r'\\+(?:u([0-9a-fA-F]{4})|["/bfnrt])')
"""An escape of JSON, in a text that was packed as JSON once or several times."""


class Secret:
    """A key, and the pieces of which one stands in whatever holds half of it, forwards or backwards."""

    def __init__(self, key: str) -> None:
        self._key = key.encode() if len(key) >= _SHORTEST_SECRET else b""
        folded = _fold(key) if self._key else ""
        self._pieces = [*_pieces(folded), *_pieces(folded[::-1])]

    def stands_in(self, reply: bytes) -> bool:
        """True if a reply holds the key or half of it, whatever its letter case, escapes and separators."""
        if self._key and self._key in reply:
            return True
        folded = _fold(reply.decode("utf-8", "replace")) if self._pieces else ""
        return any(piece in folded for piece in self._pieces)


def _pieces(folded: str) -> list[str]:
    """Pieces so close to each other that every run of half the key holds a whole one."""
    half = max(len(folded) // 2, _SHORTEST_PIECE)
    size = min(half, _LONGEST_PIECE)
    starts = range(0, len(folded) - size + 1, half - size + 1)
    pieces = [folded[start : start + size] for start in starts]
    return [piece for piece in pieces if len(set(piece)) >= _FEWEST_LETTERS]


class _Folding(dict[int, str]):
    """By character, the letters and digits of a key that it stands for; separators and other scripts stand for none."""

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKD", chr(code)).casefold()
        self[code] = "".join(letter for letter in plain if letter.isascii() and letter.isalnum())
        return self[code]


_FOLDING = _Folding()


def _fold(text: str) -> str:
    """The letters and digits of a text without its escapes and its letter case."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)) if match[1] else " ", text).translate(_FOLDING)
