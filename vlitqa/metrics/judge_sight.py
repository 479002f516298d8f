"""The test of a judge's eyes: the same turns with blank images."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xxhash

from vlitqa.algorithms.intervals import mean_interval
from vlitqa.contracts.tools import JudgeQuestion, Picture
from vlitqa.metrics.grouped_turns import GroupedTurns
from vlitqa.records import Record
from vlitqa.results.evidence import JudgedTurn

_GREY = 127
_FEWEST = 30
"""Turns with blank images from which it can be read whether a judge looks at images."""


def is_tested(record: Record, share: float, seed: int) -> bool:
    """Tells whether a record is judged with blank images too: that depends on its text alone."""
    return bool(record.images) and xxhash.xxh3_64_intdigest(record.text().encode(), seed) < share * 2**64


def with_blank_images(question: JudgeQuestion) -> JudgeQuestion:
    """The same question about grey images of the same size."""
    return replace(question, pictures=tuple(map(_blank, question.pictures)))


def doubt_of_sight(turns: GroupedTurns[JudgedTurn], seed: int) -> str:
    """Why the verdicts say nothing: the judge calls as many responses correct where it sees nothing; empty if not."""
    pairs = [(turn.right, turn.blank, group) for turn, group in zip(turns.turns, turns.groups, strict=True)]
    tested = [(right, blank, group) for right, blank, group in pairs if blank is not None]
    if len(tested) < _FEWEST:
        return ""
    seen, unseen = (np.array([pair[place] for pair in tested], np.float64) for place in (0, 1))
    bounds = mean_interval(seen - unseen, [group for *_, group in tested], seed)
    if bounds is None or bounds[0] > 0:
        return ""
    blank, real = f"{unseen.mean():.0%}", f"{seen.mean():.0%}"
    return f"the judge does not look: {blank} are correct to it with blank images, {real} with theirs"


def _blank(picture: Picture) -> Picture:
    return replace(picture, frames=1, digest="blank", pixels=np.full_like(picture.pixels, _GREY))
