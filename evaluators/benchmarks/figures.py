"""Figures of exams: means of marks, with an interval that takes all questions about one image together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from vlitqa.algorithms.resampling import BOOTSTRAP_DRAWS, grouped_interval
from vlitqa.results import Figure
from vlitqa.results.exams import Mark

Floats = np.ndarray[Any, np.dtype[np.float64]]
_PERCENT = "%"
_AT_MOST, _FEWEST_DRAWS = 200_000_000, 400
"""Images that are drawn in all, and times that they are drawn at least."""


def mean_figure(name: str, variant: str, marks: Sequence[Mark], *, seed: int, percent: bool = False) -> Figure:
    """The mean of marks; those without a value are left out, by the quirk that took it."""
    kept = [mark for mark in marks if mark.value is not None]
    columns = np.array([(mark.value, 1.0) for mark in kept], np.float64).reshape(-1, 2)
    scale = 100.0 if percent else 1.0
    return ratio_figure(
        name, variant, (kept, columns), lambda sums: scale * sums[:, 0] / sums[:, 1], seed=seed,
        left_out=left_out_of(mark for mark in marks if mark.value is None), unit=_PERCENT if percent else "",
    )  # fmt: skip


def ratio_figure(  # noqa: PLR0913 - a figure has as many parts
    name: str,
    variant: str,
    counted: tuple[Sequence[Mark], Floats],
    statistic: Callable[[Floats], Floats],
    *,
    seed: int,
    left_out: Mapping[str, int] | None = None,
    unit: str = "",
    direction: str = "up",
) -> Figure:
    """What a statistic makes of the sums of columns, each row of which belongs to a mark; images are resampled."""
    marks, columns = counted
    if not marks:
        reason = ", ".join(left_out or ()) or "no answers"
        return Figure.without(name, variant, reason, direction=direction, left_out=left_out or {}, unit=unit)
    value = float(statistic(columns.sum(axis=0, keepdims=True))[0])
    with np.errstate(invalid="ignore", divide="ignore"):
        groups = _groups_of(marks)
        interval = grouped_interval(statistic, columns, groups, seed, draws=_draws(len(set(groups))))
    return Figure(
        name,
        variant,
        value,
        direction=direction,
        interval=interval,
        measured=len(marks),
        left_out=left_out or {},
        unit=unit,
    )


def _draws(groups: int) -> int:
    """Fewer where there are so many images that the interval is narrow and every draw slow."""
    return max(_FEWEST_DRAWS, min(BOOTSTRAP_DRAWS, _AT_MOST // groups))


def _groups_of(marks: Sequence[Mark]) -> list[int]:
    """A number for the image of each mark; a mark without image stands alone."""
    seen: dict[object, int] = {}
    return [
        seen.setdefault((mark.question.group, mark.question.image) if mark.question.image else at, len(seen))
        for at, mark in enumerate(marks)
    ]


def left_out_of(marks: Iterable[Mark]) -> dict[str, int]:
    """How many have no value, by the quirk that took it."""
    return dict(Counter(mark.quirks[0] if mark.quirks else "not marked" for mark in marks))
