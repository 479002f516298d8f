"""Scorecards on the terminal: a check, a summary that fits a screen, and all details."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from reports.comparability import why_unlike_published
from reports.group_tables import EXTREME_COLUMNS, describe_groups, extremes, figures_of_groups
from reports.numbers import ARROWS, number, share
from reports.people_tables import describe_verdicts, tables_of_people
from reports.units import interval_of, is_share_column, not_of_paper, value_of, why_doubted
from vlitqa.algorithms.counted import counted
from vlitqa.api.findings import describe_opened, describe_reading
from vlitqa.catalogue import card_of
from vlitqa.cli.screen import console, grid, safe, show_json
from vlitqa.contracts import FigureName
from vlitqa.results import align_figures
from vlitqa.results.findings import worst_first
from vlitqa.results.printed import check_report

if TYPE_CHECKING:
    from rich.console import Console

    from vlitqa.results import Figure, Finding, Scorecard, Scored

_EXAMPLES = 5
"""Places of a finding that are shown."""
_LEGEND = (
    "↑ more is better, ↓ less is better; [ ] the 95 % interval; original: as in the paper, sound: repaired "
    "where the paper's number misleads. Where a tool is not the paper's, published numbers do not compare. "
    "`vlitqa catalogue METRIC` explains each.\n"
)
_FINDING_COLUMNS = ("", "finding", "rows", "share", "where", "meaning and repair")
_MOST_FINDINGS = 6
"""Findings of a dataset in a summary."""
_REASON_LETTERS = 110
"""Letters of a reason in a summary."""


def show_check(path: Path, card: Scorecard, *, as_json: bool) -> None:
    """Prints the counts and the findings of a check of one dataset."""
    report = check_report(str(path), card)
    if as_json:
        show_json(report)
        return
    page = console()
    page.print(f"[bold]{safe(str(path))}[/bold]  {card.format or 'no rows'}, {card.container}", highlight=False)
    page.print(
        f"{counted(card.rows, 'row')}: {counted(card.records, 'record')}, {card.rejects:,} rejected; "
        f"{describe_opened(report)}",
        highlight=False,
    )
    _warn_of_loss(page, card)
    rows = _finding_rows(card)
    if rows:
        page.print(grid(_FINDING_COLUMNS, rows, numbers=(2, 3)))
    else:
        page.print("No problems found" + (" in the rows that were read." if card.cut_off else "."))


def show_scorecards(names: Sequence[str], cards: Sequence[Scorecard], *, details: bool) -> None:
    """Prints scorecards side by side: what is wrong and the headline of each metric, or every detail."""
    page = console()
    head = [
        [name, f"{card.records:,}", f"{card.rejects:,}", card.format, card.sample]
        for name, card in zip(names, cards, strict=True)
    ]
    page.print(grid(("dataset", "records", "rejected", "format", "sample"), head, numbers=(1, 2)))
    for card in cards:
        _warn_of_loss(page, card)
    if details:
        _show_details(page, names, cards)
    else:
        _show_summary(page, names, cards)


def _show_summary(page: Console, names: Sequence[str], cards: Sequence[Scorecard]) -> None:
    """Prints the worst findings, the headline figure of each metric, and once why some have none."""
    for card, name in zip(cards, names, strict=True):
        if rows := _finding_rows(card):
            left_out = f", the first {_MOST_FINDINGS} of {len(rows)}" if len(rows) > _MOST_FINDINGS else ""
            short = [row[:-1] for row in rows[:_MOST_FINDINGS]]
            page.print(grid(_FINDING_COLUMNS[:-1], short, numbers=(2, 3), title=f"findings ({name}){left_out}"))
    headlines = _headlines(cards)
    rows = [
        [headline.metric, headline.shown_name(), headline.arrow(), *headline.cells(len(cards))]
        for headline in headlines
    ]
    page.print(grid(("metric", "figure", "", *names), rows, numbers=tuple(range(3, 3 + len(cards)))))
    for card in cards:
        _show_extremes(page, card)
    for sentence in (*_lacks(headlines, names), *_not_to_compare(headlines)):
        page.print(safe(sentence), highlight=False)
    page.print("↑ more is better, ↓ less is better; [ ] the 95 % interval. All figures: --details.", highlight=False)


def _show_extremes(page: Console, card: Scorecard) -> None:
    """Prints the worst and the best group of each headline figure, if the run has groups."""
    if card.by_group:
        grouped = f"{card.dataset}: {describe_groups(card.by_group)}"
        page.print(grid(EXTREME_COLUMNS, extremes(card), numbers=(3, 5, 7), title=safe(grouped)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Headline:
    """The figure that stands for a metric, of each scorecard that has it."""

    metric: str
    name: FigureName
    figures: Mapping[int, Figure]
    """By the place of the scorecard."""

    def shown_name(self) -> str:
        return f"{self.name.name} ({self.name.variant})"

    def arrow(self) -> str:
        return next(ARROWS[figure.direction] for figure in self.figures.values())

    def cells(self, cards: int) -> list[str]:
        """A cell for each scorecard; a dash where there is no value."""
        figures = (self.figures.get(place) for place in range(cards))
        return [
            "-" if figure is None or figure.value is None else _figure_cell(self.metric, figure) for figure in figures
        ]


def _headlines(cards: Sequence[Scorecard]) -> list[_Headline]:
    """The headline figure of each metric: as its card says, or its first one with a value."""
    headlines = []
    for metric, figures in align_figures(cards).items():
        card = card_of(metric)
        key = (card.headline.name, card.headline.variant) if card else ("", "")
        if key not in figures:
            with_value = (key for key, of_card in figures.items() if any(f.value is not None for f in of_card.values()))
            key = next(with_value, next(iter(figures)))
        headlines.append(_Headline(metric=metric, name=FigureName(*key), figures=figures[key]))
    return headlines


def _lacks(headlines: Sequence[_Headline], names: Sequence[str]) -> Iterator[str]:
    """Says each reason for a missing value once, with its metrics, and with its datasets where others have a value."""
    lacking: defaultdict[str, dict[str, list[int]]] = defaultdict(dict)
    for headline in headlines:
        for place, figure in headline.figures.items():
            if figure.value is None:
                lacking[figure.reason].setdefault(headline.metric, []).append(place)
    for reason, metrics in lacking.items():
        places = sorted({place for of_metric in metrics.values() for place in of_metric})
        where = f" in {', '.join(names[place] for place in places)}" if len(places) < len(names) else ""
        short_reason = reason if len(reason) <= _REASON_LETTERS else f"{reason[:_REASON_LETTERS]}…"
        yield f"Not measured{where}: {', '.join(metrics)}: {short_reason}"


def _not_to_compare(headlines: Sequence[_Headline]) -> Iterator[str]:
    """Says once which headlines rank no datasets, and why."""
    unlike: defaultdict[str, list[str]] = defaultdict(list)
    for headline in headlines:
        has_value = any(figure.value is not None for figure in headline.figures.values())
        if has_value and (reason := why_unlike_published(headline.metric, headline.name)):
            unlike[reason].append(headline.metric)
    for reason, metrics in unlike.items():
        yield f"Do not compare datasets by the figure of {', '.join(metrics)}: {reason}."


def _show_details(page: Console, names: Sequence[str], cards: Sequence[Scorecard]) -> None:
    """Prints every figure with its direction and its interval, tables and findings."""
    columns = ("metric", "figure", "variant", "", *names)
    page.print(grid(columns, _figure_rows(cards), numbers=tuple(range(4, 4 + len(cards)))))
    page.print(_LEGEND)
    for card, name in zip(cards, names, strict=True):
        if card.people:
            page.print(describe_verdicts(card.people), highlight=False)
        of_people = tables_of_people(card.people) if card.people else ()
        for table in (*(table for scored in card.scored for table in scored.summary.tables), *of_people):
            cells = [[_cell(value, of) for value, of in zip(row, table.columns, strict=True)] for row in table.rows]
            title = f"{table.title} ({name})" if len(cards) > 1 else table.title
            page.print(grid(table.columns, cells, numbers=tuple(range(1, len(table.columns))), title=title))
        for metric, (columns, rows) in figures_of_groups(card).items():
            page.print(grid(columns, rows, numbers=(4, 5), title=f"{metric} by group ({name})"))
        if findings := _finding_rows(card):
            page.print(grid(_FINDING_COLUMNS, findings, numbers=(2, 3), title=f"findings ({name})"))


def _figure_rows(cards: Sequence[Scorecard]) -> list[list[str]]:
    """One row for each figure of a metric, with a cell for each scorecard."""
    rows = []
    scored_metrics = [{scored.metric: scored for scored in card.scored} for card in cards]
    for metric, figures in align_figures(cards).items():
        for place, ((name, variant), of_card) in enumerate(figures.items()):
            arrow = next(ARROWS[figure.direction] for figure in of_card.values())
            cells = [
                _detailed_cell(scored_of[metric], of_card[position]) if position in of_card else "-"
                for position, scored_of in enumerate(scored_metrics)
            ]
            rows.append([metric if not place else "", name, variant, arrow, *cells])
    return rows


def _detailed_cell(scored: Scored, figure: Figure) -> str:
    """A figure, and the tools that made it where they are not the paper's."""
    return "; ".join(filter(None, (_figure_cell(scored.metric, figure), not_of_paper(scored, figure))))


def _figure_cell(metric: str, figure: Figure) -> str:
    """A value with its interval and the doubt in it, or the reason why there is none."""
    if figure.value is None:
        return f"not measured: {figure.reason}"
    left_out = sum(figure.left_out.values())
    parts = [value_of(metric, figure), interval_of(metric, figure), f"({left_out:,} left out)" if left_out else ""]
    return " ".join(filter(None, (*parts, why_doubted(figure))))


def _finding_rows(card: Scorecard) -> list[list[str]]:
    return [_finding_row(finding, card.rows_searched(finding)) for finding in worst_first(card.findings())]


def _finding_row(finding: Finding, rows_searched: int) -> list[str]:
    named = [example.rpartition(" ") for example in finding.examples[:_EXAMPLES]]
    groups = groupby(named, itemgetter(0))
    places = "; ".join(f"{kind} {', '.join(number for _, _, number in group)}" for kind, group in groups)
    where = places + (" …" if finding.rows > _EXAMPLES else "")
    part = share(finding.rows / rows_searched) if rows_searched else ""
    meaning = f"{finding.meaning}. {finding.repair}" + (f"\n{finding.detail}" if finding.detail else "")
    return [finding.severity, finding.code, f"{finding.rows:,}", part, where, meaning]


def _warn_of_loss(page: Console, card: Scorecard) -> None:
    if card.cut_off:
        page.print(f"{safe(card.dataset)} is cut off or damaged: not all of its rows were read.", style="red")
    if card.failed:
        page.print(f"{counted(card.failed, 'measurement')} failed.", style="red")
    if reading := describe_reading(card):
        page.print(safe(f"{card.dataset}: {reading}."), highlight=False)


def _cell(value: object, column: str) -> str:
    if value is None:
        return "-"
    if isinstance(value, float) and is_share_column(column):
        return share(value)
    return number(value) if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
