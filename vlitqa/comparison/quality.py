"""The quality of a dataset as a comparison takes it: the headline figure of each metric."""

from __future__ import annotations

from collections.abc import Iterator

from vlitqa.catalogue import card_of
from vlitqa.results import Figure, Scorecard, Scored
from vlitqa.results.comparison import QualityFigure


def quality_of(dataset: str, card: Scorecard) -> Iterator[QualityFigure]:
    """The headline figure of each metric; one that is doubted has no value, but its reason."""
    for scored in card.scored:
        if (figure := _headline(scored)) is None:
            continue
        has_value = figure.value is not None and not figure.doubt
        yield QualityFigure(
            dataset,
            scored.metric,
            figure.value if has_value else None,
            direction=figure.direction,
            interval=figure.interval if has_value else None,
            reason="" if has_value else figure.doubt or figure.reason,
        )


def _headline(scored: Scored) -> Figure | None:
    """The figure that its card names; None for a metric without one, which finds faults alone."""
    card = card_of(scored.metric)
    if card is None:
        return None
    names = (card.headline.name, card.headline.variant)
    return next((figure for figure in scored.summary.figures if (figure.name, figure.variant) == names), None)
