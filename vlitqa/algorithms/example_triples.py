"""The three examples of a prompt: one at least excellent, together with all four characteristics (TextBind, 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from vlitqa.results.annotation import CHARACTERISTICS, EXCELLENT, DialogueExample, Relaxed

SHOWN_EXAMPLES = 3
_MOST_POOL = 120
"""Examples among which triples are looked for: 280,840 of them; the latest count."""


def strictest_triples(examples: Sequence[DialogueExample]) -> tuple[Sequence[Sequence[DialogueExample]], Relaxed]:
    """All triples under the strictest conditions that some triple keeps, and the condition that was given up.

    Fewer than three examples are one group.
    """
    if len(examples) < SHOWN_EXAMPLES:
        return [examples], "fewer"
    every = list(combinations(examples[-_MOST_POOL:], SHOWN_EXAMPLES))
    if whole := [triple for triple in every if _has_excellent(triple) and _has_all_characteristics(triple)]:
        return whole, ""
    if excellent := [triple for triple in every if _has_excellent(triple)]:
        return excellent, "characteristics"
    return every, "excellent"


def _has_excellent(triple: Sequence[DialogueExample]) -> bool:
    return any(example.quality == EXCELLENT for example in triple)


def _has_all_characteristics(triple: Sequence[DialogueExample]) -> bool:
    return len({one for example in triple for one in example.characteristics}) == len(CHARACTERISTICS)
