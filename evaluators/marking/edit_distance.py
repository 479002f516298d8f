"""ANLS: the nearness of an answer to a reference letter by letter, as DocVQA and ST-VQA score it."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

_THRESHOLD = 0.5
"""A lower similarity counts nothing (Biten et al. 2019, tau)."""


def anls(prediction: str, references: Sequence[str]) -> float:
    """The best of all references; both sides without case and with single spaces, lengths taken of what is compared."""
    plain = _plain(prediction)
    return max((_similarity(plain, _plain(reference)) for reference in references), default=0.0)


def _similarity(prediction: str, reference: str) -> float:
    longest = max(len(prediction), len(reference))
    similarity = 1 - Levenshtein.distance(prediction, reference) / longest if longest else 1.0
    return similarity if similarity >= _THRESHOLD else 0.0


def _plain(text: str) -> str:
    return " ".join(text.lower().split())
