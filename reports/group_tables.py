"""Tables of the figures of groups, for pages and terminals: the worst group stands first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reports.comparability import ranks_groups
from reports.numbers import ARROWS
from reports.units import interval_of, value_of
from vlitqa.algorithms.counted import counted
from vlitqa.catalogue import card_of
from vlitqa.results import Figure, Scorecard
from vlitqa.results.groups import GroupScores, ScoresByGroup, worst_groups_first

TableRow = tuple[str, ...]
EXTREME_COLUMNS = ("metric", "figure", "", "all records", "worst group", "its value", "best group", "its value")
_FIGURE_COLUMNS = ("figure", "variant", "", "group", "records", "value", "95 % interval")
_WORST_COUNTS = 6
"""Findings that a table of groups shows: the most frequent."""


def describe_groups(scores: ScoresByGroup) -> str:
    """Says how many groups there are, and which have no figures of their own."""
    named = counted(len(scores.groups), "group")
    if not scores.smaller_groups:
        return f"By {scores.field}: {named}"
    others = f"{counted(scores.smaller_groups, 'smaller one')} with {counted(scores.records_in_them, 'record')}"
    return f"By {scores.field}: the {named} with the most records; {others} have no figures of their own"


def extremes(card: Scorecard) -> tuple[TableRow, ...]:
    """A row for each headline figure that has a better side: the whole, the worst group and the best."""
    return tuple(_extreme_rows(card, card.by_group)) if card.by_group else ()


def _extreme_rows(card: Scorecard, scores: ScoresByGroup) -> Iterator[TableRow]:
    for scored in card.scored:
        metric_card = card_of(scored.metric)
        if metric_card is None or not ranks_groups(scored.metric, metric_card.headline):
            continue
        name, variant = metric_card.headline.name, metric_card.headline.variant
        whole = card.figure(scored.metric, name, variant)
        ranked = worst_groups_first(scores, scored.metric, name, variant)
        measured = [(group, figure) for group, figure in ranked if figure.value is not None]
        if whole and whole.direction != "none" and len({figure.value for _, figure in measured}) > 1:
            ends = [text for pair in (measured[0], measured[-1]) for text in _group_cells(scored.metric, *pair)]
            yield (scored.metric, name, ARROWS[whole.direction], _cell(scored.metric, whole), *ends)


def figures_of_groups(card: Scorecard) -> Mapping[str, tuple[tuple[str, ...], tuple[TableRow, ...]]]:
    """By metric: the columns and rows of all its figures of all groups."""
    tables = {}
    for scored in card.scored if card.by_group else ():
        rows = tuple(_figure_rows(card.by_group, scored.metric, scored.summary.figures)) if card.by_group else ()
        if rows:
            tables[scored.metric] = (_FIGURE_COLUMNS, rows)
    return tables


def findings_of_groups(card: Scorecard) -> tuple[tuple[str, ...], tuple[TableRow, ...]]:
    """The columns and rows of a table of the most frequent findings by group; no rows where there are none."""
    groups = card.by_group.groups if card.by_group else ()
    totals: dict[str, int] = {}
    for group in groups:
        for code, count in group.findings.items():
            totals[code] = totals.get(code, 0) + count
    codes = sorted(totals, key=lambda code: (-totals[code], code))[:_WORST_COUNTS]
    if not codes:
        return (), ()
    ranked = sorted(groups, key=lambda group: (-sum(group.findings.values()) / group.records, group.name))
    rows = tuple(
        (group.name, f"{group.records:,}", *(f"{group.findings.get(code, 0):,}" for code in codes)) for group in ranked
    )
    return ("group", "records", *codes), rows


def _figure_rows(scores: ScoresByGroup, metric: str, figures: Sequence[Figure]) -> Iterator[TableRow]:
    for whole in figures:
        for group, figure in worst_groups_first(scores, metric, whole.name, whole.variant):
            value = value_of(metric, figure) if figure.value is not None else f"not measured: {figure.reason}"
            head = (figure.name, figure.variant, ARROWS[figure.direction])
            yield (*head, group.name, f"{group.records:,}", value, interval_of(metric, figure))


def _group_cells(metric: str, group: GroupScores, figure: Figure) -> tuple[str, str]:
    return f"{group.name} ({group.records:,})", _cell(metric, figure)


def _cell(metric: str, figure: Figure) -> str:
    return f"{value_of(metric, figure)} {interval_of(metric, figure)}".strip() if figure.value is not None else ""
