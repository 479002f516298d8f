"""Figures of exams: statistics of marks, with an interval that takes all questions about one image together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from vlitqa.algorithms.arrays import Floats
from vlitqa.algorithms.intervals import share_interval
from vlitqa.algorithms.resampling import BOOTSTRAP_DRAWS, grouped_interval
from vlitqa.results import Figure
from vlitqa.results.exams import Mark

PERCENT = "%"
_IMAGES_DRAWN, _FEWEST_DRAWS = 200_000_000, 400
"""Images that are drawn in all at most, and draws that are made at least."""
_FEWEST_IMAGES = 4
"""Images from which an interval can be read."""


@dataclass(frozen=True, slots=True)
class CountedMarks:
    """Marks, a row of counts for each, and how many others were left out, by the quirk that took their value."""

    marks: Sequence[Mark]
    counts: Floats
    """# (marks, counts)"""
    left_out: Mapping[str, int] = field(default_factory=dict)


def mean_of_marks(blank: Figure, marks: Sequence[Mark], seed: int) -> Figure:
    """A blank figure with the mean of marks; those without a value are left out.

    Where every mark is 0 or 1, the interval is Wilson's: a bootstrap of marks that are all alike has no width.
    """
    valued = [mark for mark in marks if mark.value is not None]
    counts = np.array([(mark.value, 1.0) for mark in valued], np.float64).reshape(-1, 2)
    scale = 100.0 if blank.unit == PERCENT else 1.0
    if valued and np.isin(counts[:, 0], (0.0, 1.0)).all():
        left_out = count_left_out(mark for mark in marks if mark.value is None)
        return _share_of_marks(replace(blank, left_out=left_out), valued, counts[:, 0], scale)
    counted = CountedMarks(valued, counts, count_left_out(mark for mark in marks if mark.value is None))
    return statistic_of_marks(blank, counted, lambda sums: scale * sums[:, 0] / sums[:, 1], seed)


def statistic_of_marks(
    blank: Figure, counted: CountedMarks, statistic: Callable[[Floats], Floats], seed: int
) -> Figure:
    """A blank figure with a statistic of the sums of counts; images are resampled for its interval.

    There is no interval where all resamples are alike, as are those of answers that are all right.
    """
    marks, counts = counted.marks, counted.counts
    if not marks:
        return replace(blank, left_out=counted.left_out, reason=", ".join(counted.left_out) or "no answers")
    value = float(statistic(counts.sum(axis=0, keepdims=True))[0])
    with np.errstate(invalid="ignore", divide="ignore"):
        images = _images_of(marks)
        interval = grouped_interval(statistic, counts, images, seed, draws=_draws(len(set(images))))
    if interval and interval[0] == interval[1]:
        interval = None
    return replace(blank, value=value, interval=interval, measured=len(marks), left_out=counted.left_out)


def _share_of_marks(blank: Figure, marks: Sequence[Mark], right: Floats, scale: float) -> Figure:
    """The share of right answers, with Wilson's interval for as many answers as those about shared images are worth."""
    images = np.array(_images_of(marks))
    share, count, groups = float(right.mean()), len(marks), int(images.max()) + 1
    bounds = None
    if groups >= _FEWEST_IMAGES:
        residuals = np.bincount(images, weights=right - share)
        variance = float((residuals**2).sum()) * groups / (groups - 1) / count**2  # of the share, by whole images
        worth = min(count, share * (1 - share) / variance) if variance else groups
        bounds = share_interval(share * worth, worth)
    interval = (scale * bounds[0], scale * bounds[1]) if bounds else None
    return replace(blank, value=scale * share, interval=interval, measured=count)


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
