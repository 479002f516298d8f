"""Images whose caption does not fit them are left out before anything is written of them (TextBind, section 3.2).

TextBind drops pairs under 30, in 100 times the cosine of one CLIP model. That number means nothing for another encoder:
`null` takes as threshold what 99 of 100 images reach with the caption of another image.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vlitqa.algorithms.arrays import Bools, Floats, Vectors
from vlitqa.errors import UsageError

NULL, OFF = "null", "off"
_QUANTILE = 0.99
_SHIFTS = 5
"""Other images with whose captions each image is compared."""


@dataclass(frozen=True, slots=True)
class FilteredPairs:
    """The pairs that are kept, and the threshold that decided; None where nothing was filtered."""

    is_kept: Bools
    threshold: float | None


def filter_pairs(images: Vectors, captions: Vectors, rule: str | float) -> FilteredPairs:
    """Keeps pairs whose 100 times the cosine reaches a threshold, or the one that shuffled pairs give."""
    if rule == OFF:
        return FilteredPairs(np.ones(len(images), np.bool_), None)
    scores = _scores(images, captions)
    if isinstance(rule, str) and rule != NULL:
        raise UsageError(f"[textbind] matching is {rule!r}.", repair='Write "null", "off", or a number such as 30.')
    threshold = float(rule) if not isinstance(rule, str) else _threshold_of_shuffled(images, captions)
    return FilteredPairs(scores >= threshold, threshold)


def _scores(images: Vectors, captions: Vectors) -> Floats:
    cosines: Floats = np.einsum("ij,ij->i", images, captions, dtype=np.float64)
    return 100.0 * cosines


def _threshold_of_shuffled(images: Vectors, captions: Vectors) -> float:
    """What almost no image reaches with the caption of another one."""
    shifts = range(1, min(_SHIFTS, len(images) - 1) + 1)
    scores = [_scores(images, np.roll(captions, shift, axis=0)) for shift in shifts]
    return float(np.quantile(np.concatenate(scores), _QUANTILE)) if scores else -np.inf
