"""Vectors of short texts, remembered because templates and short answers come again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from vlitqa.contracts.tools import Vectors

_LONGEST_TEXT, _MOST_TEXTS = 400, 4096
"""The characters of a text that is remembered, and the number of such texts."""

EncodeAfresh = Callable[[Sequence[str]], Iterable[tuple[str, Vectors]]]
"""Encodes different texts and gives each with its vector, in any order."""


class VectorMemory:
    """The vectors of the short texts that were encoded last."""

    def __init__(self) -> None:
        self.vectors: dict[str, Vectors] = {}

    def look_up(self, texts: Sequence[str], encode: EncodeAfresh) -> Mapping[str, Vectors]:
        """Returns the vector of every text; encodes those that are not remembered, equal ones once."""
        fresh = list(dict.fromkeys(text for text in texts if text not in self.vectors))
        # copied, because a row of a pass would keep the whole pass in memory
        vectors = self.vectors | {text: vector.copy() for text, vector in encode(fresh)}
        short = [(text, vector) for text, vector in vectors.items() if len(text) <= _LONGEST_TEXT]
        self.vectors = dict(short[-_MOST_TEXTS:])
        return vectors
