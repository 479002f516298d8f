"""The share of right responses, from the verdicts of a judge on all turns and of people on some of them.

People know the truth of a random sample of turns, the gold. Among gold turns that the judge calls correct a share a is
right, among the others a share b. If the judge calls the share p of all turns correct, p a + (1 - p) b is right. That
assumes nothing of the judge: where it errs, and whether its errors hang together, is what the gold shows.
docs/decisions/0014-a-judge-is-corrected-by-people.md says why nothing else will do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from vlitqa.algorithms.arrays import Floats
from vlitqa.algorithms.intervals import Interval, independent_cases
from vlitqa.contracts import GoldRows
from vlitqa.metrics.grouped_turns import GroupedTurns, GroupedValues, with_mean
from vlitqa.results import Figure
from vlitqa.results.evidence import JudgedTurn

FEWEST_GOLD = 30
_DRAWS = 4_000


@dataclass(frozen=True, slots=True)
class GoldTurns:
    """The judge's calls and the truth of turns, 1 standing for correct, and the group of each turn."""

    called: Floats
    right: Floats
    groups: Sequence[str]

    @classmethod
    def of(cls, turns: GroupedTurns[JudgedTurn], gold: GoldRows) -> GoldTurns:
        """The judged turns of which people know whether they are right."""
        judged = [
            (turn.right, gold[row][turn.turn], group)
            for turn, row, group in zip(turns.turns, turns.rows, turns.groups, strict=True)
            if turn.turn in gold.get(row, {})
        ]
        called, right = (np.array([pair[place] for pair in judged], np.float64) for place in (0, 1))
        return cls(called, right, [group for *_, group in judged])

    def __len__(self) -> int:
        return len(self.called)

    def rates(self, blank: Figure, seed: int) -> tuple[Figure, ...]:
        """The share of right turns that the judge calls correct, and of wrong ones that it calls incorrect."""
        return (
            self._rate(replace(blank, name="sensitivity of the judge"), self.right == 1, self.called, seed),
            self._rate(replace(blank, name="specificity of the judge"), self.right == 0, 1 - self.called, seed),
        )

    def _rate(self, blank: Figure, chosen: Floats, hits: Floats, seed: int) -> Figure:
        places = np.flatnonzero(chosen)
        grouped = GroupedValues(hits[places].tolist(), [self.groups[place] for place in places.tolist()])
        return with_mean(replace(blank, reason="people know of no such response"), grouped, seed)


def correct_share(blank: Figure, judged: GroupedTurns[JudgedTurn], gold: GoldTurns, seed: int) -> Figure:
    """The figure with the share that is right, and its interval; without a value where there is too little gold."""
    if len(gold) < FEWEST_GOLD:
        return replace(blank, reason=_why_not(len(gold)))
    called = np.array([turn.right for turn in judged.turns], np.float64)
    share = float(called.mean())
    right_of = [_right_among(gold, call) for call in (1.0, 0.0)]
    value = share * right_of[0] + (1 - share) * right_of[1]
    unit = f"corrected by people's verdicts on {len(gold):,} responses"
    interval = _interval(called, judged.groups, gold, seed)
    return replace(blank, value=value, interval=interval, measured=len(called), unit=unit, reason="")


def _why_not(count: int) -> str:
    verdicts = (
        f"{count} responses are known to be right or wrong" if count else "no response is known to be right or wrong"
    )
    return f"{verdicts}, and {FEWEST_GOLD} are needed: `vlitqa gold` draws responses for people to judge"


def _right_among(gold: GoldTurns, call: float) -> float:
    """The share that is right of those that the judge calls so; of all, where it calls none of them so."""
    chosen = gold.right[gold.called == call]
    return float(chosen.mean() if len(chosen) else gold.right.mean())


def _interval(called: Floats, groups: Sequence[str], gold: GoldTurns, seed: int) -> Interval:
    """The middle 95 % of the shares that fit the counts, by Jeffreys's prior for each of the three."""
    generator = np.random.default_rng(seed)

    def draws(hits: Floats, of_groups: Sequence[str]) -> Floats:
        worth = independent_cases(hits, of_groups) if len(hits) else 0.0
        number = float(hits.mean()) * worth if len(hits) else 0.0
        return generator.beta(number + 0.5, worth - number + 0.5, _DRAWS)

    shares = draws(called, groups)
    right, wrong = (
        draws(gold.right[chosen], [gold.groups[place] for place in chosen.tolist()])
        for chosen in (np.flatnonzero(gold.called == call) for call in (1.0, 0.0))
    )
    low, high = np.quantile(shares * right + (1 - shares) * wrong, (0.025, 0.975))
    return float(low), float(high)
