"""ANLS: how near an answer comes to a reference letter by letter, as DocVQA and ST-VQA score it."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

_ENOUGH = 0.5
"""What is less alike counts nothing (Biten et al. 2019, tau)."""


def anls(prediction: str, references: Sequence[str]) -> float:
    """The best of all references; both sides without case and with single spaces, lengths taken of what is compared."""
    said = _plain(prediction)
    return max((_alike(said, _plain(each)) for each in references), default=0.0)


def _alike(said: str, reference: str) -> float:
    longest = max(len(said), len(reference))
    found = 1 - Levenshtein.distance(said, reference) / longest if longest else 1.0
    return found if found >= _ENOUGH else 0.0


def _plain(text: str) -> str:
    return " ".join(text.lower().split())
