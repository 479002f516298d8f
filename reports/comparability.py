"""Whether a figure may rank datasets, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vlitqa.catalogue import card_of
from vlitqa.contracts import Card, FigureName
from vlitqa.results import to_json

if TYPE_CHECKING:
    from vlitqa.results import Figure, Scorecard

_SIZE = "it changes with the number of records"
_LENGTH = "it changes with the length of the texts, whatever they say"
_FITTED = "it changes with the datasets that the metric was fitted on"
_CIRCUMSTANCES = {
    "tools": "measured by different tools",
    "parameters": "measured with different parameters",
    "version": "measured by different versions of the metric",
}


def why_unlike_published(metric: str, figure: FigureName) -> str:
    """The reason why a figure does not compare with that of another run, whatever its datasets; empty if it does."""
    card = card_of(metric)
    if card is None:
        return ""
    reasons = ((card.follows_size, _SIZE), (card.fitted, _FITTED))
    return _why_never_ranked(card, figure) or next((reason for figures, reason in reasons if figure in figures), "")


def ranks_groups(metric: str, figure: FigureName) -> bool:
    """True if a figure may rank groups of one dataset, which differ in size."""
    card = card_of(metric)
    return card is not None and not _why_never_ranked(card, figure) and figure not in card.follows_size


def why_unranked(metric: str, figure: FigureName, scorecards: Sequence[Scorecard]) -> str:
    """The reason why a figure ranks none of these datasets before another; empty if it may."""
    card = card_of(metric)
    figures = [measured for of in scorecards if (measured := of.figure(metric, figure.name, figure.variant))]
    if reason := (card and _why_never_ranked(card, figure)) or _why_doubted(figures):
        return reason
    if card and figure in card.follows_size and len({scorecard.records for scorecard in scorecards}) > 1:
        return _SIZE
    if card and figure in card.fitted and differs("fitted on", metric, scorecards):
        return _FITTED
    if len({measured.unit for measured in figures if measured.value is not None}) > 1:
        return "measured in different units"
    return next((reason for kind, reason in _CIRCUMSTANCES.items() if differs(kind, metric, scorecards)), "")


def _why_never_ranked(card: Card, figure: FigureName) -> str:
    """The reason why a figure ranks no datasets at all; empty if it ranks some."""
    return card.misleading.get(figure, _LENGTH if figure in card.follows_length else "")


def _why_doubted(figures: Sequence[Figure]) -> str:
    """The reason why the value of a run says nothing, or why there is none for that reason."""
    return next((figure.doubt for figure in figures if figure.doubt), "")


def differs(kind: str, metric: str, scorecards: Sequence[Scorecard]) -> bool:
    """True if a circumstance of measuring, such as the tools, is not the same wherever a metric was measured."""
    summed_up = [scored for scorecard in scorecards if (scored := scorecard.of_metric(metric))]
    measured = (one for one in summed_up if any(figure.value is not None for figure in one.summary.figures))
    return len({to_json(scored.provenance.get(kind)) for scored in measured}) > 1  # read back or not
