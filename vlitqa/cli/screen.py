"""Prints for all commands: results on standard output, everything else on standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports.numbers import ARROWS, number
from reports.visible import visible
from vlitqa.errors import DatasetError, VlitqaError
from vlitqa.results import align_figures

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as RichTable

    from vlitqa.results import Figure, Finding, Scorecard

_EXAMPLES = 5
"""Places of a finding that are shown."""
_LEGEND = (
    "↑ more is better, ↓ less is better; [ ] the 95 % interval; original: as in the paper, sound: repaired "
    "where the paper's number misleads. `vlitqa catalogue METRIC` explains each.\n"
)
_FINDING_COLUMNS = ("", "finding", "rows", "share", "where", "meaning and repair")
_WIDTH = 160
"""Letters in a line of output that goes into a file or a pipe, unless COLUMNS says otherwise."""


@dataclass(frozen=True, slots=True)
class PlacedScorecard:
    """A scorecard and the path of its dataset or run, which tells it from others of the same name."""

    path: Path
    card: Scorecard


def tell(sentence: str) -> None:
    """Prints a sentence that is no result on standard error."""
    print(visible(sentence), file=sys.stderr, flush=True)


def show_error(error: VlitqaError) -> None:
    """Prints an error and its repair on standard error."""
    tell(f"Error: {error.message}" + (f"\n{error.repair}" if error.repair else ""))


def show_text(text: str) -> None:
    """Prints a text; characters that nobody would see are named in it."""
    print(visible(text))


def show_json(value: object) -> None:
    """Prints a value as JSON on one line, in UTF-8 whatever the locale is."""
    from vlitqa.results import to_json

    sys.stdout.flush()
    sys.stdout.buffer.write(to_json(value) + b"\n")
    sys.stdout.buffer.flush()


def show_scored(path: Path, run: Path, card: Scorecard) -> None:
    """Prints a scorecard as JSON, with the paths of its dataset and its run folder."""
    from vlitqa.results import fields_of

    show_json({"path": str(path), "run": str(run), **fields_of(card)})


def show_refused(path: Path, error: DatasetError, *, as_json: bool) -> None:
    """Prints why a dataset could not be read at all."""
    show_error(error)
    if as_json:
        show_json({"path": str(path), "error": error.code, "message": error.message, "repair": error.repair})


def show_check(path: Path, card: Scorecard, *, as_json: bool) -> None:
    """Prints the counts and the findings of a check of one dataset."""
    sums = {name: count for scored in card.scored for name, count in scored.summary.counts.items()}
    counts = {name: sums.get(name, 0) for name in ("images", "missing_images", "bad_images")}
    if as_json:
        head = {"path": str(path), "format": card.format, "container": card.container, "rows": card.rows}
        tail = {"cut_off": card.cut_off, "failed": card.failed}
        body = {"records": card.records, "rejects": card.rejects, **counts, "findings": card.findings()}
        show_json({**head, **body, **tail})
        return
    page = console()
    page.print(f"[bold]{_safe(str(path))}[/bold]  {card.format or 'no rows'}, {card.container}", highlight=False)
    opened = counts["images"] - counts["missing_images"] - counts["bad_images"]
    page.print(
        f"{card.rows:,} rows: {card.records:,} records, {card.rejects:,} rejected; "
        f"{counts['images']:,} images: {opened:,} open, "
        f"{counts['missing_images']:,} missing, {counts['bad_images']:,} bad",
        highlight=False,
    )
    _warn_of_loss(page, card)
    rows = _finding_rows(card)
    if rows:
        page.print(grid(_FINDING_COLUMNS, rows, numbers=(2, 3)))
    else:
        page.print("No problems found" + (" in the rows that were read." if card.cut_off else "."))


def show_scorecards(placed: Sequence[PlacedScorecard]) -> None:
    """Prints scorecards side by side: every figure with its direction and its interval, tables and findings."""
    page = console()
    names, cards = _different_names(placed), [scorecard.card for scorecard in placed]
    head = [
        [name, f"{card.records:,}", f"{card.rejects:,}", card.format, card.sample]
        for name, card in zip(names, cards, strict=True)
    ]
    page.print(grid(("dataset", "records", "rejected", "format", "sample"), head, numbers=(1, 2)))
    for card in cards:
        _warn_of_loss(page, card)
    columns = ("metric", "figure", "variant", "", *names)
    page.print(grid(columns, _figure_rows(cards), numbers=tuple(range(4, 4 + len(cards)))))
    page.print(_LEGEND)
    for card, name in zip(cards, names, strict=True):
        for table in (table for scored in card.scored for table in scored.summary.tables):
            cells = [[_cell(value) for value in row] for row in table.rows]
            title = f"{table.title} ({name})" if len(cards) > 1 else table.title
            page.print(grid(table.columns, cells, numbers=tuple(range(1, len(table.columns))), title=title))
        if findings := _finding_rows(card):
            page.print(grid(_FINDING_COLUMNS, findings, numbers=(2, 3), title=f"findings ({name})"))


def show_facts(facts: Mapping[str, Any]) -> None:
    """Prints facts with their names; a fact may be a list of facts."""
    rows: list[list[str]] = []
    for name, value in facts.items():
        if isinstance(value, Mapping):
            rows.extend(
                [name if not position else "", f"{key}  {fact}"] for position, (key, fact) in enumerate(value.items())
            )
        else:
            rows.append([name, str(value)])
    console().print(grid(("", ""), rows, header=False))


def show_lists(lists: Mapping[str, Mapping[str, str]]) -> None:
    """Prints lists of names and their meanings, each below its title."""
    page = console()
    for title, entries in lists.items():
        page.print(grid(("", ""), [[name, text] for name, text in entries.items()], title=title, header=False))


def _different_names(placed: Sequence[PlacedScorecard]) -> list[str]:
    """The names of datasets, with their folders or whole paths if several have the same name."""
    candidates = [
        [scorecard.card.dataset for scorecard in placed],
        [f"{scorecard.path.parent.name}/{scorecard.path.name}" for scorecard in placed],
        [str(scorecard.path) for scorecard in placed],
    ]
    return next((names for names in candidates if len(set(names)) == len(names)), candidates[-1])


def _figure_rows(cards: Sequence[Scorecard]) -> list[list[str]]:
    """One row for each figure of a metric, with a cell for each scorecard."""
    rows = []
    for metric, figures in align_figures(cards).items():
        for place, ((name, variant), of_card) in enumerate(figures.items()):
            arrow = next(ARROWS[figure.direction] for figure in of_card.values())
            cells = [_figure_cell(of_card[position]) if position in of_card else "-" for position in range(len(cards))]
            rows.append([metric if not place else "", name, variant, arrow, *cells])
    return rows


def _figure_cell(figure: Figure) -> str:
    """A value with its interval, or the reason why there is none."""
    if figure.value is None:
        return f"not measured: {figure.reason}"
    cell = number(figure.value)
    if figure.interval:
        low, high = figure.interval
        cell += f" [{number(low)}, {number(high)}]"
    left_out = sum(figure.left_out.values())
    return f"{cell} ({left_out:,} left out)" if left_out else cell


def _finding_rows(card: Scorecard) -> list[list[str]]:
    return [_finding_row(finding, card.rows_searched(finding)) for finding in card.findings()]


def _finding_row(finding: Finding, rows_searched: int) -> list[str]:
    kind = finding.examples[0].split()[0] if finding.examples else ""
    places = ", ".join(example.split()[1] for example in finding.examples[:_EXAMPLES])
    where = f"{kind} {places}" + (" …" if finding.rows > _EXAMPLES else "")
    share = f"{finding.rows / rows_searched:.1%}" if rows_searched else ""
    meaning = f"{finding.meaning}. {finding.repair}" + (f"\n{finding.detail}" if finding.detail else "")
    return [finding.severity, finding.code, f"{finding.rows:,}", share, where, meaning]


def _warn_of_loss(page: Console, card: Scorecard) -> None:
    if card.cut_off:
        page.print(
            f"{_safe(card.dataset)} is cut off or damaged: only the rows before that place were read.", style="red"
        )
    if card.failed:
        page.print(f"{card.failed:,} measurements failed.", style="red")


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return number(value) if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def grid(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numbers: Sequence[int] = (),
    title: str = "",
    header: bool = True,
) -> RichTable:
    """Makes a table whose cells are safe to print; numbers are the positions of columns that are aligned right."""
    from rich import box
    from rich.table import Table

    table = Table(
        box=box.SIMPLE_HEAD if header else None, title=_safe(title) or None, title_justify="left", show_header=header
    )
    for position, name in enumerate(columns):
        table.add_column(_safe(name), justify="right" if position in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_safe(cell) for cell in row))
    return table


def _safe(text: str) -> str:
    """Text of a dataset that is safe to print: nothing hidden, no markup."""
    from rich.markup import escape

    return escape(visible(text))


def console() -> Console:
    """Makes a console on standard output, as wide as the terminal."""
    from rich.console import Console

    has_width = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(width=None if has_width else _WIDTH, emoji=False)
