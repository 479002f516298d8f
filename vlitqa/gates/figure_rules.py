"""Rules on figures: `matching.matching degree<25` fails where the figure is below 25, or has no value."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from reports.units import interval_of, value_of, why_doubted
from vlitqa.catalogue import METRICS, card_of, load_metric, suggestion
from vlitqa.contracts import Card
from vlitqa.errors import UsageError
from vlitqa.results import Figure, Scorecard

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRule:
    """A figure of a metric, and the values that it must not have."""

    text: str
    """The rule as a user writes it."""
    metric: str
    name: str
    """The name of the figure."""
    variant: str
    """Empty for the headline of this name, or else the sound figure before the original one."""
    comparison: str
    limit: float

    def broken_by(self, scorecard: Scorecard) -> str:
        """Says how a scorecard breaks the rule; empty if it keeps it. A figure without a value breaks it."""
        figure = self._figure(scorecard)
        if figure is None:
            return f"the run has no such figure of {self.metric}"
        if figure.value is None:
            return f"it has no value: {figure.reason}"
        if figure.doubt:
            return f"its value {why_doubted(figure)}"
        if not COMPARISONS[self.comparison](figure.value, self.limit):
            return ""
        return f"it is {value_of(self.metric, figure)} {interval_of(self.metric, figure)}".rstrip()

    def why_never_broken(self, cards: Sequence[Card]) -> str:
        """The reason why the rule says nothing of a run with these metrics; empty if it does."""
        is_chosen = any(card.name == self.metric for card in cards)
        return "" if is_chosen else f"{self.metric} is not among the chosen metrics: choose it too"

    def _figure(self, scorecard: Scorecard) -> Figure | None:
        headline = load_metric(self.metric).card.headline
        usual = [headline.variant] if headline.name == self.name else []
        variants = [self.variant] if self.variant else dict.fromkeys([*usual, "sound", "original"])
        figures = (scorecard.figure(self.metric, self.name, variant) for variant in variants)
        return next(filter(None, figures), None)


def make_figure_rule(text: str, metric: str, figure: str, comparison: str, number: str) -> FigureRule:
    """A rule from its parts; raises UsageError where there is no such figure, or where the limit is no value of it."""
    card = card_of(metric)
    if card is None:
        raise UsageError(f"--fail-on {text!r}: there is no metric {metric!r}.", repair=suggestion(metric, METRICS))
    name, variant = _split_variant(figure)
    if name not in (names := figure_names(card)):
        raise UsageError(f"--fail-on {text!r}: {metric} has no figure {name!r}.", repair=suggestion(name, names))
    is_share, is_percentage = name in card.shares, number.endswith("%")
    limit = float(number.rstrip("% ")) / (100 if is_percentage else 1)
    if is_percentage and not is_share:
        raise UsageError(f"--fail-on {text!r}: {name} is no share.", repair="Leave the % out.")
    if is_share and not 0 <= limit <= 1:
        raise UsageError(f"--fail-on {text!r}: {name} is a share.", repair=f"Write {number}%, or a number up to 1.")
    return FigureRule(text=text, metric=metric, name=name, variant=variant, comparison=comparison, limit=limit)


def figure_names(card: Card) -> set[str]:
    """The names of all figures that a metric can have: those of an empty dataset, and those that its card mentions."""
    mentioned = (card.headline, *card.tiles, *card.misleading, *card.follows_size, *card.fitted, *card.follows_length)
    empty = load_metric(card.name).combine([]).figures
    return {*card.shares, *(figure.name for figure in mentioned), *(figure.name for figure in empty)}


def _split_variant(figure: str) -> tuple[str, str]:
    """The name of a figure, and the variant that a user writes behind it in brackets, if any."""
    name, _, variant = figure.rstrip(") ").partition(" (")
    return (name, variant) if variant in ("original", "sound") else (figure, "")
