"""Several texts behind one picture in one sequence, none of which sees another: the picture is read once for all.

A text may also stand behind the beginning of another one, which is then read once for both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Integers = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float32]]
_NONE = -2
"""The number of no text, nor of what follows the last one."""


@dataclass(frozen=True, slots=True)
class Part:
    """The tokens of one text, and how much each counts as something to say."""

    tokens: list[int]
    weights: list[float]
    signs: list[int]
    """At every token: 1 where what was said up to it is right, -1 where it is wrong, 0 where nothing is known."""
    behind: int | None = None
    """The number, in its row, of the text behind whose beginning it stands."""
    kept: int = 0
    """How many tokens of that text are its beginning."""


@dataclass(frozen=True, slots=True)
class Packed:
    """Rows of texts; each row stands behind a picture that takes so many tokens."""

    picture: int
    tokens: Integers
    owner: Integers
    """Which text of its row a token belongs to; -1 where the row has ended.  # (rows, longest)"""
    weights: Floats
    signs: Floats
    places: Integers
    """The place of every token, those of the picture among them: a text goes on from what it stands behind."""
    behind: Integers
    start: Integers
    """Of each token: the text behind which its own one stands, and the place where its own one begins."""

    def mask(self) -> Floats:
        """What may be added to attention: nothing, or minus infinity.  # (rows, 1, picture + longest, the same)"""
        rows, longest = self.tokens.shape
        seen = np.zeros((rows, self.picture + longest, self.picture + longest), bool)
        seen[:, : self.picture, : self.picture] = np.tri(self.picture, dtype=bool)
        seen[:, self.picture :, : self.picture] = True
        own = self.owner[:, :, None] == self.owner[:, None, :]
        before = self.places[:, None, self.picture :] < self.start[:, :, None]
        begun = (self.behind[:, :, None] == self.owner[:, None, :]) & before
        seen[:, self.picture :, self.picture :] = own & np.tri(longest, dtype=bool) | begun
        return np.where(seen, 0, -np.inf).astype(np.float32)[:, None]

    def to_say(self) -> tuple[Integers, Integers, Floats]:
        """Rows and columns of the tokens after which something is to be said, and how much it counts."""
        counted = self.weights[:, 1:] * (self.owner[:, 1:] == self.owner[:, :-1])
        rows, columns = np.nonzero(counted)
        return rows, columns, counted[rows, columns]


def packed(parts: Sequence[Sequence[Part]], picture: int) -> Packed:
    """One row for each picture."""
    longest = max(sum(len(part.tokens) for part in row) for row in parts)
    tokens, places = (np.zeros((len(parts), longest), np.int64) for _ in range(2))
    weights, signs = (np.zeros(tokens.shape, np.float32) for _ in range(2))
    owner, behind, starts = np.full(tokens.shape, -1), np.full(tokens.shape, _NONE), np.zeros_like(tokens)
    for row, told in enumerate(parts):
        start = 0
        for number, part in enumerate(told):
            here = slice(start, start := start + len(part.tokens))
            tokens[row, here], weights[row, here], signs[row, here] = part.tokens, part.weights, part.signs
            owner[row, here], starts[row, here] = number, picture + part.kept
            behind[row, here] = _NONE if part.behind is None else part.behind
            places[row, here] = picture + part.kept + np.arange(len(part.tokens))
    before = np.tile(np.arange(picture), (len(parts), 1))
    return Packed(picture, tokens, owner, weights, signs, np.concatenate([before, places], axis=1), behind, starts)
