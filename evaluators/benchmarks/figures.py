"""Figures of exams: statistics of marks, with an interval that takes all questions about one image together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from vlitqa.algorithms.arrays import Floats
from vlitqa.algorithms.intervals import grouped_share_interval, mean_interval, statistic_interval
from vlitqa.results import Figure
from vlitqa.results.exams import Mark

PERCENT = "%"


@dataclass(frozen=True, slots=True)
class CountedMarks:
    """Marks, a row of counts for each, and how many others were left out, by the quirk that took their value."""

    marks: Sequence[Mark]
    counts: Floats
    """# (marks, counts)"""
    left_out: Mapping[str, int] = field(default_factory=dict)


def mean_of_marks(blank: Figure, marks: Sequence[Mark], seed: int) -> Figure:
    """A blank figure with the mean of marks; those without a value are left out.

    Where every mark is 0 or 1, the interval is Wilson's: one by the spread of marks that are all alike has no width.
    """
    blank = replace(blank, left_out=count_left_out(mark for mark in marks if mark.value is None))
    valued = [mark for mark in marks if mark.value is not None]
    if not valued:
        return replace(blank, reason=", ".join(blank.left_out) or "no answers")
    values = np.array([mark.value for mark in valued], np.float64)
    scale, images = 100.0 if blank.unit == PERCENT else 1.0, _images_of(valued)
    if np.isin(values, (0.0, 1.0)).all():
        bounds = grouped_share_interval(values, images)
    else:
        bounds = mean_interval(values, images, seed)
    interval = (scale * bounds[0], scale * bounds[1]) if bounds and bounds[0] < bounds[1] else None
    return replace(blank, value=scale * float(values.mean()), interval=interval, measured=len(valued))


def statistic_of_marks(
    blank: Figure, counted: CountedMarks, statistic: Callable[[Floats], Floats], seed: int
) -> Figure:
    """A blank figure with a statistic of the sums of counts; for its interval images are left out one by one.

    There is no interval where no image changes anything, as where all answers are right.
    """
    marks, counts = counted.marks, counted.counts
    if not marks:
        return replace(blank, left_out=counted.left_out, reason=", ".join(counted.left_out) or "no answers")
    value = float(statistic(counts.sum(axis=0, keepdims=True))[0])
    with np.errstate(invalid="ignore", divide="ignore"):
        interval = statistic_interval(statistic, counts, _images_of(marks), seed)
    if interval and interval[0] == interval[1]:
        interval = None
    return replace(blank, value=value, interval=interval, measured=len(marks), left_out=counted.left_out)


def count_left_out(marks: Iterable[Mark]) -> dict[str, int]:
    """The number of marks, by the quirk that took their value."""
    return dict(Counter(mark.quirks[0] if mark.quirks else "not marked" for mark in marks))


def _images_of(marks: Sequence[Mark]) -> list[int]:
    """A number for the image of each mark; a mark without image stands alone."""
    numbers: dict[object, int] = {}
    return [
        numbers.setdefault((mark.question.group, mark.question.image) if mark.question.image else place, len(numbers))
        for place, mark in enumerate(marks)
    ]
