"""What the commands print: results on standard output, everything else on standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports.numbers import ARROWS, number
from vlitqa.errors import DatasetError, VlitqaError
from vlitqa.results import aligned

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as Grid

    from vlitqa.results import Figure, Finding, Scorecard

_EXAMPLES = 5
_LEGEND = (
    "↑ more is better, ↓ less is better; [ ] the 95 % interval; original: as in the paper, sound: repaired "
    "where the paper's number misleads. `vlitqa catalogue METRIC` explains each.\n"
)
_FINDING_COLUMNS = ("", "finding", "rows", "share", "where", "meaning and repair")
_WIDTH = 160
"""Columns of output that goes into a file or a pipe, unless COLUMNS says otherwise."""


def tell(sentence: str) -> None:
    """A sentence that is no result."""
    print(sentence, file=sys.stderr, flush=True)


def show_error(error: VlitqaError) -> None:
    tell(f"Error: {error.message}" + (f"\n{error.repair}" if error.repair else ""))


def show_text(text: str) -> None:
    print(text)


def show_json(value: object) -> None:
    """One object on one line."""
    from vlitqa.results import to_json

    print(to_json(value).decode(), flush=True)


def show_scored(path: Path, run: Path, card: Scorecard) -> None:
    """A scorecard with where its dataset and its run folder lie."""
    from vlitqa.results import fields_of

    show_json({"path": str(path), "run": str(run), **fields_of(card)})


def show_refused(path: Path, error: DatasetError, *, as_json: bool) -> None:
    """A dataset that could not be read at all."""
    show_error(error)
    if as_json:
        show_json({"path": str(path), "error": error.code, "message": error.message, "repair": error.repair})


def show_check(path: Path, card: Scorecard, *, as_json: bool) -> None:
    """What a check found in one dataset."""
    sums = {name: count for each in card.scored for name, count in each.summary.counts.items()}
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
    rows = [_finding_row(each, card.asked(each)) for each in card.findings()]
    if rows:
        page.print(grid(_FINDING_COLUMNS, rows, numbers=(2, 3)))
    else:
        page.print("Nothing to complain of" + (" in the rows that were read." if card.cut_off else "."))


def show_scorecards(scored: Sequence[tuple[Path, Scorecard]]) -> None:
    """Scorecards of datasets or of runs, side by side: every figure with its direction and its interval."""
    page = console()
    names, cards = _names(scored), [card for _, card in scored]
    head = [
        [name, f"{card.records:,}", f"{card.rejects:,}", card.format, card.sample]
        for name, card in zip(names, cards, strict=True)
    ]
    page.print(grid(("dataset", "records", "rejected", "format", "sample"), head, numbers=(1, 2)))
    for card in cards:
        _warn_of_loss(page, card)
    rows = []
    for metric, figures in aligned(cards).items():
        for place, (name, variant) in enumerate(figures):
            found = [figures[name, variant].get(position) for position in range(len(cards))]
            arrow = next(ARROWS[each.direction] for each in found if each)
            shown = [_figure(each) if each else "-" for each in found]
            rows.append([metric if not place else "", name, variant, arrow, *shown])
    page.print(grid(("metric", "figure", "variant", "", *names), rows, numbers=tuple(range(4, 4 + len(cards)))))
    page.print(_LEGEND)
    for card, name in zip(cards, names, strict=True):
        for each in card.scored:
            for table in each.summary.tables:
                cells = [[_cell(value) for value in row] for row in table.rows]
                title = f"{table.title} ({name})" if len(cards) > 1 else table.title
                page.print(grid(table.columns, cells, numbers=tuple(range(1, len(table.columns))), title=title))
        findings = [_finding_row(each, card.asked(each)) for each in card.findings()]
        if findings:
            page.print(grid(_FINDING_COLUMNS, findings, numbers=(2, 3), title=f"findings ({name})"))


def show_facts(facts: Mapping[str, Any]) -> None:
    """Facts with their names, some of them lists."""
    rows: list[list[str]] = []
    for name, value in facts.items():
        if isinstance(value, Mapping):
            rows.extend(
                [name if not place else "", f"{key}  {each}"] for place, (key, each) in enumerate(value.items())
            )
        else:
            rows.append([name, str(value)])
    console().print(grid(("", ""), rows, header=False))


def show_lists(lists: Mapping[str, Mapping[str, str]]) -> None:
    page = console()
    for title, entries in lists.items():
        page.print(grid(("", ""), [[name, text] for name, text in entries.items()], title=title, header=False))


def _names(found: Sequence[tuple[Path, Scorecard]]) -> list[str]:
    """What to call each: the name of its file, with its folder or the whole path where several have that name."""
    ways = [
        [card.dataset for _, card in found],
        [f"{path.parent.name}/{path.name}" for path, _ in found],
        [str(path) for path, _ in found],
    ]
    return next((names for names in ways if len(set(names)) == len(names)), ways[-1])


def _figure(figure: Figure) -> str:
    """A value with its interval, or why there is none."""
    if figure.value is None:
        return f"not measured: {figure.reason}"
    shown = number(figure.value)
    if figure.interval:
        low, high = figure.interval
        shown += f" [{number(low)}, {number(high)}]"
    left_out = sum(figure.left_out.values())
    return f"{shown} ({left_out:,} left out)" if left_out else shown


def _finding_row(finding: Finding, asked: int) -> list[str]:
    kind = finding.examples[0].split()[0] if finding.examples else ""
    places = ", ".join(each.split()[1] for each in finding.examples[:_EXAMPLES])
    where = f"{kind} {places}" + (" …" if finding.rows > _EXAMPLES else "")
    share = f"{finding.rows / asked:.1%}" if asked else ""
    told = f"{finding.meaning}. {finding.repair}" + (f"\n{finding.detail}" if finding.detail else "")
    return [finding.severity, finding.code, f"{finding.rows:,}", share, where, told]


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
) -> Grid:
    from rich import box
    from rich.table import Table

    made = Table(box=box.SIMPLE_HEAD if header else None, title=title or None, title_justify="left", show_header=header)
    for position, name in enumerate(columns):
        made.add_column(_safe(name), justify="right" if position in numbers else "left", overflow="fold")
    for row in rows:
        made.add_row(*(_safe(cell) for cell in row))
    return made


def _safe(text: str) -> str:
    """Text of a dataset as it may be shown: no control characters, no markup."""
    from rich.markup import escape

    return escape(
        "".join(letter if letter.isprintable() or letter == "\n" else f"\\u{ord(letter):04x}" for letter in text)
    )


def console() -> Console:
    from rich.console import Console

    own_width = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(width=None if own_width else _WIDTH)
