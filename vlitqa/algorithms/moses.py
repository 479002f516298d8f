"""Moses tokens of English text, exactly as sacremoses makes them, several times faster."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

CHARACTER_CAP = 200_000
"""Longer texts are cut before they are tokenised: four million characters take seconds."""


@lru_cache(maxsize=8192)
def moses_tokens(text: str) -> tuple[str, ...]:
    """The tokens of a text, unescaped, as TextBind counts them."""
    return tuple(_tokenizer().tokenize(text[:CHARACTER_CAP], escape=False))


@cache
def _tokenizer() -> Any:
    from sacremoses import MosesTokenizer

    class FastMosesTokenizer(MosesTokenizer):  # type: ignore[misc]
        """Looks letters up in sets that are made once; sacremoses makes them anew for every full stop."""

        lower = frozenset(MosesTokenizer.IsLower)

        def __init__(self) -> None:
            super().__init__(lang="en")
            self.alpha = frozenset(self.IsAlpha)

        def islower(self, text: str) -> bool:
            return self.lower.issuperset(text)

        def isanyalpha(self, text: str) -> bool:
            return not self.alpha.isdisjoint(text)

    return FastMosesTokenizer()
