"""Tables that a notebook shows; texts of datasets are escaped, and what cannot be seen is named."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from reports.visible import visible


def table_as_html(head: Sequence[str], rows: Sequence[Sequence[str]], title: str = "", note: str = "") -> str:
    """A table with what stands above and below it; without rows these alone."""
    lines = [_row("th", head), *(_row("td", row) for row in rows)]
    table = f"<table>{''.join(lines)}</table>" if rows else ""
    above, below = (f"<p>{_safe(text)}</p>" if text else "" for text in (title, note))
    return above + table + below


def _row(tag: str, cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f'<{tag} style="text-align:left">{_safe(cell)}</{tag}>' for cell in cells) + "</tr>"


def _safe(text: str) -> str:
    return escape(visible(text))
