"""Rows of a published list on the screen, as CSV, as Markdown and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vlitqa.algorithms.counted import counted
from vlitqa.api.choices import split_names
from vlitqa.cli import screen
from vlitqa.cli.published_options import PublishedOptions
from vlitqa.literature.cells import CellKind, CellState, PrintedCell
from vlitqa.literature.columns import ListColumn
from vlitqa.literature.dataset_shape import DatasetShape
from vlitqa.literature.lists import PublishedList
from vlitqa.literature.printed_tables import ListRow

_WIDEST = 32
"""Letters of a cell that count when columns are chosen for the width of the screen; a longer one is wrapped."""
_WORDS = {
    CellState.NOT_GIVEN: "- (not given)",
    CellState.UNREADABLE: "? (unreadable in our copy of the paper)",
    CellState.NOT_LISTED: "(not listed)",
}


@dataclass(frozen=True, slots=True)
class PublishedAnswer:
    """Rows of a list that a user asked for."""

    published: PublishedList
    rows: Sequence[ListRow]
    total: int
    """Rows that would be shown without a limit."""
    could_match: int
    """Rows for which the condition is unknown."""
    used: tuple[str, ...]
    """Columns by which the rows were chosen and ordered."""
    shape: DatasetShape | None = None
    """The dataset that they are like."""


def show_answer(answer: PublishedAnswer, chosen: PublishedOptions) -> None:
    """Prints the rows in the layout that a user chose, and on standard error what there is beside them."""
    from reports.written_tables import as_csv, as_markdown

    columns = _chosen_columns(answer, chosen)
    names = [column.name for column in columns]
    cells = [[row[name].text for name in names] for row in answer.rows]
    if chosen.json:
        screen.show_json(_document(answer, names))
    elif chosen.csv:
        screen.show_document(as_csv(names, cells).rstrip("\n"))
    elif chosen.markdown:
        screen.show_document(as_markdown(names, cells, _numbers(columns)))
    else:
        heading = f"{answer.published.source}: {len(answer.rows)} of {counted(len(answer.published.rows), 'row')}"
        heading += ", which could match" if chosen.could_match else ""
        screen.show_text(heading)
        screen.console().print(screen.grid(names, cells, numbers=_numbers(columns)))
    is_for_screen = not (chosen.json or chosen.csv or chosen.markdown)
    for sentence in (*_remarks(answer, chosen), *(_legend(answer, names) if is_for_screen else ())):
        screen.tell(sentence)


def show_columns(published: PublishedList) -> None:
    """Prints what the columns of a list mean."""
    entries = {
        column.name: column.meaning + (f" (printed as {column.heading})" if column.heading else "")
        for column in published.columns
    }
    screen.show_lists({published.name: entries})


def show_row(published: PublishedList, row: ListRow, *, is_first: bool) -> None:
    """Prints all cells of one row, set apart from the row before."""
    if not is_first:
        screen.show_text("")
    cells = {name: _in_full(cell) for name, cell in row.items() if cell.text or cell.state is CellState.NOT_LISTED}
    screen.show_facts({published.name: row["name"].text, **{name: cells[name] for name in cells if name != "name"}})


def _in_full(cell: PrintedCell) -> str:
    """A cell in words: its value, and what is printed where that says it otherwise."""
    if cell.state is not CellState.GIVEN:
        return _WORDS[cell.state]
    value = cell.value
    text = ", ".join(value) if isinstance(value, tuple) else cell.printed
    text = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else text
    printed = f" (printed as {cell.printed})" if text != cell.printed else ""
    return f"{text}{printed}" + (" (it may hold more: our copy of the paper is damaged)" if cell.is_partial else "")


def _chosen_columns(answer: PublishedAnswer, chosen: PublishedOptions) -> Sequence[ListColumn]:
    """The columns that a user names; all for CSV and JSON, and otherwise those that fit and those that were used."""
    published = answer.published
    if chosen.columns:
        return list(dict.fromkeys(published.column(name) for name in split_names([chosen.columns])))
    if chosen.json or chosen.csv:
        return published.columns
    first, *others = published.shown
    names = list(dict.fromkeys((first, *answer.used, *others)))
    columns = [published.column(name) for name in names]
    fewest = 1 if chosen.markdown else len({first, *answer.used})
    while not chosen.markdown and len(columns) > fewest and _width(columns, answer.rows) > screen.console().width:
        columns.pop()
    return columns


def _width(columns: Iterable[ListColumn], rows: Iterable[ListRow]) -> int:
    """The width of a table on the screen: its cells, and three blanks between them."""
    return 1 + sum(
        3 + max(len(column.name), *(min(len(row[column.name].text), _WIDEST) for row in rows), 0) for column in columns
    )


def _numbers(columns: Sequence[ListColumn]) -> list[int]:
    return [position for position, column in enumerate(columns) if column.kind is CellKind.NUMBER]


def _document(answer: PublishedAnswer, names: Sequence[str]) -> Mapping[str, Any]:
    """The rows as JSON: of each cell its state, and where it is given its value and its printed text."""
    document: dict[str, Any] = {
        "list": answer.published.name,
        "source": answer.published.source,
        "could_match": answer.could_match,
        "total": answer.total,
        "rows": [{name: _json_cell(row[name]) for name in names} for row in answer.rows],
    }
    return {**document, "like": answer.shape} if answer.shape else document


def _json_cell(cell: PrintedCell) -> Mapping[str, Any]:
    if cell.state is not CellState.GIVEN:
        return {"state": cell.state}
    partial = {"partial": True} if cell.is_partial else {}
    return {"state": cell.state, "value": cell.value, "printed": cell.printed, **partial}


def _remarks(answer: PublishedAnswer, chosen: PublishedOptions) -> Iterable[str]:
    """What a user should know beside the rows."""
    if shape := answer.shape:
        yield (
            f"{chosen.like}: {counted(shape.rows, 'row')} with {counted(shape.turns, 'turn')}; "
            f"{counted(shape.images, 'different image')}, shown {counted(shape.images_shown, 'time')}; "
            f"{counted(shape.videos, 'video')}; rows with regions: {shape.regional:,}, with interleaved images: "
            f"{shape.interleaved:,}."
        )
    if answer.total > len(answer.rows):
        yield f"{counted(answer.total - len(answer.rows), 'further row')}: --limit {answer.total}."
    if answer.could_match and not chosen.could_match:
        yield (
            f"{answer.could_match:,} more could match (a cell that decides is unreadable, not given or not listed): "
            "--could-match lists them."
        )


def _legend(answer: PublishedAnswer, names: Sequence[str]) -> Iterable[str]:
    """How to read the table, and where there is more."""
    if any(row[name].state is not CellState.GIVEN for row in answer.rows for name in names):
        yield "Cells: ? unreadable in our copy of the paper, - not given in it, blank not listed."
    yield "All columns: --columns help. One row in full: vlitqa catalogue NAME."
    if answer.published.name == "models":
        yield "`vlitqa catalogue reference-models` lists the models that vlitqa tunes."
