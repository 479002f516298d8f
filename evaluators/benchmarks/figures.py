"""Figures of exams: statistics of marks, with an interval that takes all questions about one image together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from vlitqa.algorithms.arrays import Floats
from vlitqa.algorithms.resampling import BOOTSTRAP_DRAWS, grouped_interval
from vlitqa.results import Figure
from vlitqa.results.exams import Mark

PERCENT = "%"
_IMAGES_DRAWN, _FEWEST_DRAWS = 200_000_000, 400
"""Images that are drawn in all at most, and draws that are made at least."""


@dataclass(frozen=True, slots=True)
class CountedMarks:
    """Marks, a row of counts for each, and how many others were left out, by the quirk that took their value."""

    marks: Sequence[Mark]
    counts: Floats
    """# (marks, counts)"""
    left_out: Mapping[str, int] = field(default_factory=dict)


def mean_of_marks(blank: Figure, marks: Sequence[Mark], seed: int) -> Figure:
    """A blank figure with the mean of marks; those without a value are left out."""
    valued = [mark for mark in marks if mark.value is not None]
    counts = np.array([(mark.value, 1.0) for mark in valued], np.float64).reshape(-1, 2)
    scale = 100.0 if blank.unit == PERCENT else 1.0
    counted = CountedMarks(valued, counts, count_left_out(mark for mark in marks if mark.value is None))
    return statistic_of_marks(blank, counted, lambda sums: scale * sums[:, 0] / sums[:, 1], seed)


def statistic_of_marks(
    blank: Figure, counted: CountedMarks, statistic: Callable[[Floats], Floats], seed: int
) -> Figure:
    """A blank figure with a statistic of the sums of counts; images are resampled for its interval."""
    marks, counts = counted.marks, counted.counts
    if not marks:
        return replace(blank, left_out=counted.left_out, reason=", ".join(counted.left_out) or "no answers")
    value = float(statistic(counts.sum(axis=0, keepdims=True))[0])
    with np.errstate(invalid="ignore", divide="ignore"):
        images = _images_of(marks)
        interval = grouped_interval(statistic, counts, images, seed, draws=_draws(len(set(images))))
    return replace(blank, value=value, interval=interval, measured=len(marks), left_out=counted.left_out)


def count_left_out(marks: Iterable[Mark]) -> dict[str, int]:
    """The number of marks, by the quirk that took their value."""
    return dict(Counter(mark.quirks[0] if mark.quirks else "not marked" for mark in marks))


def _draws(images: int) -> int:
    """Fewer where there are so many images that the interval is narrow and every draw slow."""
    return max(_FEWEST_DRAWS, min(BOOTSTRAP_DRAWS, _IMAGES_DRAWN // images))


def _images_of(marks: Sequence[Mark]) -> list[int]:
    """A number for the image of each mark; a mark without image stands alone."""
    numbers: dict[object, int] = {}
    return [
        numbers.setdefault((mark.question.group, mark.question.image) if mark.question.image else place, len(numbers))
        for place, mark in enumerate(marks)
    ]
