"""The error rates of a judge, from copies of turns whose verdict is known; see `algorithms.judge_errors`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np
import xxhash

from vlitqa.algorithms.arrays import Floats
from vlitqa.algorithms.intervals import statistic_interval
from vlitqa.algorithms.judge_errors import error_rates, skill, true_share
from vlitqa.algorithms.negation import negate_fact
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
_LEAST_SKILL = 0.05
"""Sensitivity + specificity - 1 of a judge like a coin: an error of 0.01 in either then moves the share by 0.2."""
_OfSums = Callable[[Floats], Floats]


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


@dataclass(frozen=True, slots=True)
class Correction:
    """What the copies say of a judge and of its verdicts."""

    share: Figure
    """The share that is right when the judge's errors are taken out."""
    rates: tuple[Figure, ...]
    """Its sensitivity and its specificity."""
    doubt: str
    """The reason why its verdicts say nothing; empty where they do, and where too few copies can tell."""


def correct_share(blank: Figure, judged: GroupedTurns[JudgedTurn], seed: int) -> Correction:
    """Takes the judge's errors out of the share that it calls correct."""
    turns = judged.turns
    copied = sum(map(_has_copies, turns))
    several = sum(turn.several_facts for turn in turns) / max(len(turns), 1)
    why_not = ""
    if several > _MOST_SEVERAL:
        why_not = f"{several:.0%} of the responses state several facts, and their negation is wrong wherever one is: "
        why_not += "the judge's errors on them cannot be measured"
    if copied < _FEWEST:
        few = f"{copied} responses could be negated to check the judge, and {_FEWEST} are needed"
        blank = replace(blank, reason=few) if turns else blank
        rates = tuple(replace(blank, name=name) for name in _RATES)
        return Correction(replace(blank, reason=why_not or blank.reason), rates, "")
    sums = _Summands(np.array([_summands(turn) for turn in turns], np.float64), judged.groups, seed)
    rates = tuple(sums.measure(replace(blank, name=name, measured=copied), rate) for name, rate in _RATES.items())
    doubt = _doubt(sums)
    if reason := doubt or why_not:
        return Correction(replace(blank, reason=reason), rates, doubt)
    return Correction(sums.measure(replace(blank, measured=len(turns)), _true_share), rates, "")


@dataclass(frozen=True, slots=True)
class _Summands:
    """The summands of every turn, with the groups in which turns stand or fall together."""

    values: Floats  # (turns, 6)
    groups: Sequence[str]
    seed: int

    def statistic(self, of_sums: _OfSums) -> float:
        return float(of_sums(self.values.sum(axis=0, keepdims=True))[0])

    def bounds(self, of_sums: _OfSums) -> tuple[float, float] | None:
        return statistic_interval(of_sums, self.values, self.groups, self.seed)

    def measure(self, figure: Figure, of_sums: _OfSums) -> Figure:
        """The figure with the value of a share, and its interval."""
        bounds = self.bounds(of_sums)
        interval = (max(0.0, bounds[0]), min(1.0, bounds[1])) if bounds else None
        return replace(figure, value=self.statistic(of_sums), interval=interval, reason="")


def _doubt(sums: _Summands) -> str:
    """Why the judge's verdicts say nothing: on the copies it does no better than a coin, or may not."""
    sensitivity, specificity = (100 * sums.statistic(rate) for rate in _RATES.values())
    told_apart, bounds = sums.statistic(_skill), sums.bounds(_skill)
    if told_apart >= _LEAST_SKILL and (bounds is None or bounds[0] > 0):
        return ""
    rates = f"sensitivity {sensitivity:.1f} %, specificity {specificity:.1f} %"
    return f"the judge cannot tell right from wrong on these data ({rates})"


def _has_copies(turn: JudgedTurn) -> bool:
    return turn.opposite is not None and turn.blank is not None


def _summands(turn: JudgedTurn) -> tuple[int, ...]:
    """The summands of a turn: turns and those called correct; the same of turns with copies, and of either copy."""
    copies = (1, turn.right, turn.opposite or 0, turn.blank or 0) if _has_copies(turn) else (0, 0, 0, 0)
    return (1, turn.right, *copies)


def _rates(sums: Floats) -> tuple[Floats, Floats]:
    with np.errstate(divide="ignore", invalid="ignore"):
        called, opposite, blank = (sums[:, column] / sums[:, 2] for column in (3, 4, 5))
    return error_rates(called, opposite, blank)


def _skill(sums: Floats) -> Floats:
    return skill(*_rates(sums))


def _true_share(sums: Floats) -> Floats:
    return true_share(sums[:, 1] / sums[:, 0], *_rates(sums))


_RATES: Mapping[str, _OfSums] = {
    "sensitivity of the judge": lambda sums: _rates(sums)[0],
    "specificity of the judge": lambda sums: _rates(sums)[1],
}
"""Statistics of the sums of summands, (draws, columns), by the names of their figures."""
