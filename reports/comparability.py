"""Whether a figure may rank datasets, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vlitqa.catalogue import card_of
from vlitqa.contracts import Card, FigureName

if TYPE_CHECKING:
    from vlitqa.results import Figure
    from vlitqa.runs.finished import FinishedRun

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


def why_unranked(metric: str, figure: FigureName, runs: Sequence[FinishedRun]) -> str:
    """The reason why a figure ranks none of these runs before another; empty if it may."""
    card = card_of(metric)
    figures = [measured for run in runs if (measured := run.figure(metric, figure.name, figure.variant))]
    if reason := (card and _why_never_ranked(card, figure)) or _why_doubted(figures):
        return reason
    if card and figure in card.follows_size and len({run.card.records for run in runs}) > 1:
        return _SIZE
    if card and figure in card.fitted and differs("fitted on", metric, runs):
        return _FITTED
    if len({measured.unit for measured in figures if measured.value is not None}) > 1:
        return "measured in different units"
    return next((reason for kind, reason in _CIRCUMSTANCES.items() if differs(kind, metric, runs)), "")


def _why_never_ranked(card: Card, figure: FigureName) -> str:
    """The reason why a figure ranks no datasets at all; empty if it ranks some."""
    return card.misleading.get(figure, _LENGTH if figure in card.follows_length else "")


def _why_doubted(figures: Sequence[Figure]) -> str:
    """The reason why the value of a run says nothing, or why there is none for that reason."""
    return next((figure.doubt for figure in figures if figure.doubt), "")


def differs(kind: str, metric: str, runs: Sequence[FinishedRun]) -> bool:
    """True if a circumstance of measuring, such as the tools, is not the same in all runs that measured a metric."""
    scored_in_runs = [scored for run in runs if (scored := run.scored(metric))]
    measured = (one for one in scored_in_runs if any(figure.value is not None for figure in one.summary.figures))
    return len({str(scored.provenance.get(kind)) for scored in measured}) > 1
