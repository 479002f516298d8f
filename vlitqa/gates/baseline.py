"""The rule `worse`: a figure that is worse than in an earlier run, by more than both intervals leave open.

Intervals bound what another sample of the same source would give. Holm's step-down procedure keeps the chance that any
of all figures is called worse by accident at 5 %.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from math import hypot
from statistics import NormalDist

from reports.comparability import why_unranked
from reports.units import interval_of, value_of
from vlitqa.algorithms.counted import counted
from vlitqa.contracts import Card, FigureName
from vlitqa.results import Figure, Scorecard

_LEVEL = 0.05
"""The chance that any figure of a dataset is called worse where none is."""
_QUANTILE = NormalDist().inv_cdf(0.975)
"""Standard errors from a value to an end of its 95 % interval."""


@dataclass(frozen=True, slots=True)
class FigurePair:
    """A figure of two scorecards, and the reason why the two cannot be compared."""

    metric: str
    before: Figure
    now: Figure
    reason: str
    """Empty where they can."""

    def chance_of_loss(self) -> float:
        """The chance of a loss so large where the source of both is the same.

        The standard error of the difference has those of both values behind it, each by the end of its interval that
        looks at the other value (Newcombe 1998, method 10; Zou and Donner 2008).
        """
        (low, high), (before, now) = self._facing_ends(), (self.before.value or 0.0, self.now.value or 0.0)
        loss = before - now if self.now.direction == "up" else now - before
        error = hypot(before - low, now - high) / _QUANTILE
        return 1 - NormalDist().cdf(loss / error) if error else float(loss <= 0)

    def in_words(self) -> str:
        """The metric and the figure, and both values with their intervals."""
        before, now = (
            f"{value_of(self.metric, figure)} {interval_of(self.metric, figure)}" for figure in (self.before, self.now)
        )
        return f"{self.metric}.{self.now.name} ({self.now.variant}) is {now}, and was {before}"

    def _facing_ends(self) -> tuple[float, float]:
        """The end of each interval on the side of the other value, where the figure is worse now."""
        before, now = self.before.interval or (0.0, 0.0), self.now.interval or (0.0, 0.0)
        return (before[0], now[1]) if self.now.direction == "up" else (before[1], now[0])


@dataclass(frozen=True, slots=True)
class WorseRule:
    """No figure may be worse than in an earlier run."""

    baseline: Scorecard
    text: str = "worse"

    def broken_by(self, scorecard: Scorecard) -> str:
        """Names the figures that are worse; empty if there are none. It breaks where no figure can be compared."""
        pairs = list(pair_figures(self.baseline, scorecard))
        if not any(not pair.reason for pair in pairs):
            return "no figure can be compared with the baseline" + _reasons(pairs)
        return "; ".join(pair.in_words() for pair in worse_figures(pairs))

    def why_never_broken(self, cards: Sequence[Card]) -> str:
        """The reason why the rule says nothing of a run with these metrics; empty if it does."""
        before = {scored.metric for scored in self.baseline.scored}
        return "" if before & {card.name for card in cards} else "the baseline measured none of the chosen metrics"


def pair_figures(before: Scorecard, now: Scorecard) -> Iterator[FigurePair]:
    """The figures of a scorecard that are better on one side, each with that of the scorecard before."""
    for scored in now.scored:
        for figure in scored.summary.figures:
            earlier = before.figure(scored.metric, figure.name, figure.variant)
            if figure.direction != "none" and earlier is not None:
                name = FigureName(figure.name, figure.variant)
                reason = _lack(earlier, figure) or why_unranked(scored.metric, name, (before, now))
                yield FigurePair(scored.metric, earlier, figure, reason)


def worse_figures(pairs: Sequence[FigurePair]) -> list[FigurePair]:
    """The pairs whose figure is worse now, the surest first."""
    chances = sorted(((pair.chance_of_loss(), place) for place, pair in enumerate(pairs) if not pair.reason))
    sure = takewhile(lambda step: step[1][0] < _LEVEL / (len(chances) - step[0]), enumerate(chances))
    return [pairs[place] for _, (_, place) in sure]


def describe_comparison(before: Scorecard, now: Scorecard) -> str:
    """Says how many figures of a scorecard were compared with the baseline, and why the others were not."""
    pairs = list(pair_figures(before, now))
    compared = sum(not pair.reason for pair in pairs)
    return f"{now.dataset}: {counted(compared, 'figure')} compared with the baseline {before.dataset}{_reasons(pairs)}."


def _lack(before: Figure, now: Figure) -> str:
    """The reason why one of two figures cannot be compared by itself; empty if both can."""
    if before.value is None or now.value is None:
        return "without a value in one of the two"
    return "" if before.interval and now.interval else "without an interval"


def _reasons(pairs: Sequence[FigurePair]) -> str:
    counts = Counter(pair.reason for pair in pairs if pair.reason)
    return "".join(f"; {count} not: {reason}" for reason, count in counts.most_common())
