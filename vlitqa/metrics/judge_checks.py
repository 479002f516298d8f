"""How often a judge errs, found from copies of what it judges whose worth is known; see `algorithms.judge_errors`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import xxhash

from vlitqa.algorithms.arrays import Floats
from vlitqa.algorithms.judge_errors import error_rates, true_share
from vlitqa.algorithms.negation import negate
from vlitqa.algorithms.resampling import grouped_interval
from vlitqa.contracts.tools import JudgeQuestion, Picture
from vlitqa.metrics.rubrics import sample_of
from vlitqa.records import Record, Turn
from vlitqa.results import Figure

RIGHT, WRONG = "correct", "incorrect"
AS_IT_IS, OPPOSITE, BLANK = "as it is", "opposite", "blank"
"""A turn; the same with the opposite response; the same with blank images."""
_GREY = 127
_FEWEST = 30
"""Turns with copies from which rates of error may be read."""


def is_checked(record: Record, share: float, seed: int) -> bool:
    """Whether the copies of a record are judged too: that hangs on its text alone."""
    return xxhash.xxh3_64_intdigest(record.text().encode(), seed) < share * 2**64


def questions_of(told: str, turn: Turn, pictures: tuple[Picture, ...], copied: bool) -> list[tuple[str, JudgeQuestion]]:
    """What is asked of a turn; and of its copies, if it has images and a response that can be turned round."""
    asked = JudgeQuestion(told, sample_of(turn), (RIGHT, WRONG), pictures=pictures)
    opposite = negate(turn.response or "") if copied and pictures else None
    if opposite is None:
        return [(AS_IT_IS, asked)]
    other = sample_of(msgspec.structs.replace(turn, response=opposite))
    empty = tuple(replace(each, frames=1, digest="blank", pixels=np.full_like(each.pixels, _GREY)) for each in pictures)
    return [
        (AS_IT_IS, asked),
        (OPPOSITE, replace(asked, sample=other)),
        (BLANK, replace(asked, pictures=empty)),
    ]


def corrected(blank: Figure, turns: Sequence[tuple[Mapping[str, Any], str]], seed: int) -> list[Figure]:
    """The share that is right when the judge's errors are taken out, its sensitivity and its specificity."""
    copied = [turn for turn, _ in turns if OPPOSITE in turn and BLANK in turn]
    if turns and len(copied) < _FEWEST:
        why = f"{len(copied)} turns have copies of known worth, and {_FEWEST} are needed"
        return [replace(blank, name=name or blank.name, reason=why) for name in _STATISTICS]
    columns = np.array([_columns(turn) for turn, _ in turns], np.float64)  # (turns, 6)
    groups = [group for _, group in turns]
    made = []
    for name, statistic in _STATISTICS.items():
        figure = replace(blank, name=name or blank.name)
        if turns and math.isnan(value := float(statistic(columns.sum(axis=0, keepdims=True))[0])):
            figure = replace(figure, reason="the judge tells right from wrong no better than chance")
        elif turns:
            bounds = grouped_interval(statistic, columns, groups, seed)
            interval = (max(0.0, bounds[0]), min(1.0, bounds[1])) if bounds else None
            measured = len(copied) if name else len(turns)
            figure = replace(figure, value=value, interval=interval, measured=measured, reason="")
        made.append(figure)
    return made


def _columns(turn: Mapping[str, Any]) -> tuple[int, ...]:
    """What is summed: turns and those called correct; the same of turns with copies, and of either copy."""
    copies = (1, turn["right"], turn[OPPOSITE], turn[BLANK]) if OPPOSITE in turn and BLANK in turn else (0, 0, 0, 0)
    return (1, turn["right"], *copies)


def _rates(sums: Floats) -> tuple[Floats, Floats]:
    with np.errstate(divide="ignore", invalid="ignore"):
        called, opposite, empty = (sums[:, at] / sums[:, 2] for at in (3, 4, 5))
    return error_rates(called, opposite, empty)


_STATISTICS: Mapping[str, Callable[[Floats], Floats]] = {
    "": lambda sums: true_share(sums[:, 1] / sums[:, 0], *_rates(sums)),
    "sensitivity of the judge": lambda sums: _rates(sums)[0],
    "specificity of the judge": lambda sums: _rates(sums)[1],
}
"""By name of their figures, of which the first keeps its own: statistics of those sums, (draws, columns)."""
