"""What a dataset card says of how data was built and of what annotators say: the chapters of the page as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from reports.blocks import Block, Cell, Code, Fold, Grid, Prose, Quantity
from reports.exports.summary import without_tags
from reports.numbers import number
from reports.sections import construction, labels
from reports.written_tables import as_markdown
from vlitqa.runs.finished import FinishedRun

_SHOWN_FOLDS = ("sources",)
"""Dropped drafts are shown on the page alone: a card is about the rows that are there."""


def build_chapters(run: FinishedRun) -> Iterator[str]:
    """The paragraphs and tables of both chapters; nothing for data that was neither built nor labelled."""
    for section in (construction, labels):
        if blocks := section.build(run):
            yield f"### {section.title}"
            for block in blocks:
                yield from _as_markdown(block)


def _as_markdown(block: Block) -> Iterator[str]:
    if isinstance(block, Prose):
        yield _plain(block.text)
    elif isinstance(block, Fold) and block.title in _SHOWN_FOLDS:
        for inner in block.blocks:
            yield from _as_markdown(inner)
    elif isinstance(block, Grid) and block.rows:
        if block.title:
            yield f"**{block.title}**" + (f" ({block.note})" if block.note else "")
        numbers = [place for place, cell in enumerate(block.rows[0]) if isinstance(cell, int | float)]
        yield as_markdown(block.columns, [list(map(_text_of, row)) for row in block.rows], numbers=numbers)


def _text_of(cell: Cell) -> str:
    if isinstance(cell, Code):
        return f"`{_plain(cell.text)}`" if cell.text else ""
    if isinstance(cell, int | float):
        return number(cell)
    if isinstance(cell, Quantity):
        return f"{number(cell.value)} {cell.unit}".strip()
    return _plain(str(cell or ""))


def _plain(text: str) -> str:
    """A text in which nothing is taken for a tag, a link or a picture."""
    return without_tags(text).replace("](", "]\\(")
