"""The error rates of a judge, from copies of turns whose verdict is known; see `algorithms.judge_errors`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import msgspec
import numpy as np
import xxhash

from vlitqa.algorithms.arrays import Floats
from vlitqa.algorithms.judge_errors import error_rates, true_share
from vlitqa.algorithms.negation import negate_fact
from vlitqa.algorithms.resampling import grouped_interval
from vlitqa.contracts.tools import JudgeQuestion, Picture
from vlitqa.metrics.grouped_turns import GroupedTurns
from vlitqa.metrics.rubrics import sample_of
from vlitqa.records import Record, Turn
from vlitqa.results import Figure
from vlitqa.results.evidence import JudgedTurn

RIGHT, WRONG = "correct", "incorrect"
AS_IT_IS, OPPOSITE, BLANK = "as it is", "opposite", "blank"
"""A turn; the same with the opposite response; the same with blank images."""
_GREY = 127
_FEWEST = 30
"""Turns with copies from which rates of error may be read."""
_MOST_SEVERAL = 0.05
"""The share of responses of several facts from which on there is no corrected share.

No copy says how a judge errs on them. If it finds 40 % fewer of their faults, this share moves the result by 0.02."""


def is_checked(record: Record, share: float, seed: int) -> bool:
    """Tells whether the copies of a record are judged too: that depends on its text alone."""
    return xxhash.xxh3_64_intdigest(record.text().encode(), seed) < share * 2**64


def questions_of(
    rubric: str, turn: Turn, pictures: tuple[Picture, ...], *, copied: bool
) -> list[tuple[str, JudgeQuestion]]:
    """The question about a turn; and those about its copies, if it has images and a response of one fact."""
    asked = JudgeQuestion(rubric, sample_of(turn), (RIGHT, WRONG), pictures=pictures)
    opposite = negate_fact(turn.response or "") if copied and pictures else None
    if opposite is None:
        return [(AS_IT_IS, asked)]
    other = sample_of(msgspec.structs.replace(turn, response=opposite))
    blanks = tuple(
        replace(picture, frames=1, digest="blank", pixels=np.full_like(picture.pixels, _GREY)) for picture in pictures
    )
    return [
        (AS_IT_IS, asked),
        (OPPOSITE, replace(asked, sample=other)),
        (BLANK, replace(asked, pictures=blanks)),
    ]


def corrected(blank: Figure, judged: GroupedTurns[JudgedTurn], seed: int) -> list[Figure]:
    """The share that is right when the judge's errors are taken out, its sensitivity and its specificity."""
    share, *rates = _by_copies(blank, judged, seed)
    several = sum(turn.several_facts for turn in judged.turns) / max(len(judged.turns), 1)
    if several > _MOST_SEVERAL:
        why = f"{several:.0%} of the responses state several facts, and their negation is wrong wherever one is"
        share = replace(blank, reason=f"{why}: the judge's errors on them cannot be measured")
    return [share, *rates]


def _by_copies(blank: Figure, judged: GroupedTurns[JudgedTurn], seed: int) -> list[Figure]:
    """The three figures by the verdicts on copies, whatever the responses state."""
    turns = judged.turns
    copied = sum(_has_copies(turn) for turn in turns)
    if turns and copied < _FEWEST:
        why = f"{copied} responses could be negated to check the judge, and {_FEWEST} are needed"
        return [replace(blank, name=name or blank.name, reason=why) for name in _STATISTICS]
    columns = np.array([_columns(turn) for turn in turns], np.float64)  # (turns, 6)
    figures = []
    for name, statistic in _STATISTICS.items():
        figure = replace(blank, name=name or blank.name)
        if turns and math.isnan(value := float(statistic(columns.sum(axis=0, keepdims=True))[0])):
            figure = replace(figure, reason="the judge tells right from wrong no better than chance")
        elif turns:
            bounds = grouped_interval(statistic, columns, judged.groups, seed)
            interval = (max(0.0, bounds[0]), min(1.0, bounds[1])) if bounds else None
            measured = copied if name else len(turns)
            figure = replace(figure, value=value, interval=interval, measured=measured, reason="")
        figures.append(figure)
    return figures


def _has_copies(turn: JudgedTurn) -> bool:
    return turn.opposite is not None and turn.blank is not None


def _columns(turn: JudgedTurn) -> tuple[int, ...]:
    """The summands of a turn: turns and those called correct; the same of turns with copies, and of either copy."""
    copies = (1, turn.right, turn.opposite or 0, turn.blank or 0) if _has_copies(turn) else (0, 0, 0, 0)
    return (1, turn.right, *copies)


def _rates(sums: Floats) -> tuple[Floats, Floats]:
    with np.errstate(divide="ignore", invalid="ignore"):
        called, opposite, blank = (sums[:, column] / sums[:, 2] for column in (3, 4, 5))
    return error_rates(called, opposite, blank)


_STATISTICS: Mapping[str, Callable[[Floats], Floats]] = {
    "": lambda sums: true_share(sums[:, 1] / sums[:, 0], *_rates(sums)),
    "sensitivity of the judge": lambda sums: _rates(sums)[0],
    "specificity of the judge": lambda sums: _rates(sums)[1],
}
"""Statistics of those sums, (draws, columns), by the names of their figures; the empty one is that of the share."""
