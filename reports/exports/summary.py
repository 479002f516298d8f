"""A summary in Markdown, for the page of a workflow or a comment on a change of data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reports.numbers import ARROWS, share
from reports.units import interval_of, value_of
from reports.visible import visible
from reports.written_tables import as_markdown
from vlitqa.algorithms.counted import counted
from vlitqa.catalogue import card_of
from vlitqa.results import Scorecard
from vlitqa.results.findings import worst_first
from vlitqa.results.judged import JudgedDataset

_PLACES = 3


def as_summary(datasets: Sequence[JudgedDataset]) -> str:
    """A heading for each dataset, its broken rules, its findings, and the headline figure of each metric."""
    return "\n\n".join(block for dataset in datasets for block in _blocks(dataset))


def _blocks(dataset: JudgedDataset) -> Iterator[str]:
    card = dataset.card
    yield f"## {without_tags(card.dataset)}"
    read = f"{counted(card.rows, 'row')}, {counted(card.records, 'record')}, {card.rejects:,} rejected"
    yield f"{read}; {card.format or 'no rows'}, {card.container}."
    if dataset.outcomes:
        rows = [[f"`{outcome.rule}`", without_tags(outcome.breach) or "kept"] for outcome in dataset.outcomes]
        yield as_markdown(("rule", "outcome"), rows, numbers=())
    yield findings_table(card) or "No problems found."
    if figures := list(_headlines(card)):
        yield as_markdown(("metric", "figure", "", "value", "95 % interval"), figures, numbers=(3,))


def without_tags(text: str) -> str:
    """A text in which nothing is taken for a tag of HTML."""
    return visible(text).replace("<", "&lt;")


def findings_table(card: Scorecard) -> str:
    """A table of the findings, the worst first; empty where there are none."""
    rows = [
        [
            finding.severity,
            f"`{finding.code}`",
            f"{finding.rows:,}",
            share(finding.rows / searched) if (searched := card.rows_searched(finding)) else "",
            without_tags("; ".join(finding.examples[:_PLACES])),
            without_tags(finding.meaning),
        ]
        for finding in worst_first(card.findings())
    ]
    return as_markdown(("", "finding", "rows", "share", "first places", "meaning"), rows, (2, 3)) if rows else ""


def _headlines(card: Scorecard) -> Iterator[list[str]]:
    """A row for the headline figure of each metric that has a value of it."""
    for scored in card.scored:
        metric_card = card_of(scored.metric)
        figure = metric_card and card.figure(scored.metric, metric_card.headline.name, metric_card.headline.variant)
        if figure and figure.value is not None:
            value, interval = value_of(scored.metric, figure), interval_of(scored.metric, figure)
            yield [scored.metric, figure.name, ARROWS[figure.direction], value, interval]
