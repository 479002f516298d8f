"""Tables to paste into papers, pages and sheets: Markdown, LaTeX and CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet

Rows = Sequence[Sequence[str]]
CellPlaces = AbstractSet[tuple[int, int]]
"""Cells by row and column, counted from 0."""
_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "↑": r"$\uparrow$", "↓": r"$\downarrow$", "±": r"$\pm$", "ρ": r"$\rho$", "τ": r"$\tau$",
}  # fmt: skip
_FORMULA = re.compile(r"[+-](?!$|[\d.]+\b)")
"""A sign that neither begins a number nor stands alone."""
_LATEX_LETTERS = re.compile("|".join(map(re.escape, _LATEX)))


def as_markdown(
    columns: Sequence[str], rows: Rows, numbers: Sequence[int] | None = None, bold: CellPlaces = frozenset()
) -> str:
    """A Markdown table; numbers stand to the right, in all columns but the first unless others are named."""
    rule = ["---:" if is_number else "---" for is_number in _are_numbers(columns, numbers)]
    body = _written(rows, _markdown, "**{}**", bold)
    lines = [[*map(_markdown, columns)], rule, *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def as_latex(
    columns: Sequence[str], rows: Rows, numbers: Sequence[int] | None = None, bold: CellPlaces = frozenset()
) -> str:
    """A LaTeX tabular with the rules of booktabs; numbers as in Markdown."""
    body = _written(rows, latex_text, r"\textbf{{{}}}", bold)
    head, *rest = (" & ".join(line) + r" \\" for line in ([*map(latex_text, columns)], *body))
    kinds = "".join("r" if is_number else "l" for is_number in _are_numbers(columns, numbers))
    lines = [rf"\begin{{tabular}}{{{kinds}}}", r"\toprule", head, r"\midrule", *rest]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])


def as_csv(columns: Sequence[str], rows: Rows) -> str:
    """A table as CSV; a text that a sheet would compute gets an apostrophe before it."""
    sheet = io.StringIO()
    csv.writer(sheet, lineterminator="\n").writerows([[_inert(cell) for cell in line] for line in (columns, *rows)])
    return sheet.getvalue()


WRITERS: Mapping[str, Callable[[Sequence[str], Rows, Sequence[int] | None], str]] = {
    "markdown": as_markdown,
    "latex": as_latex,
}


def _are_numbers(columns: Sequence[str], numbers: Sequence[int] | None) -> list[bool]:
    return [place > 0 if numbers is None else place in numbers for place in range(len(columns))]


def _written(rows: Rows, write: Callable[[str], str], strong: str, bold: CellPlaces) -> list[list[str]]:
    """The cells of all rows, those that stand out marked as such."""
    return [
        [strong.format(write(cell)) if (row, column) in bold else write(cell) for column, cell in enumerate(cells)]
        for row, cells in enumerate(rows)
    ]


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(("=", "@", "\t", "\r")) or _FORMULA.match(cell) else cell


def _markdown(cell: str) -> str:
    return cell.replace("|", r"\|").replace("*", r"\*").replace("\n", " ")


def latex_text(text: str) -> str:
    """A text whose letters mean nothing to LaTeX."""
    return _LATEX_LETTERS.sub(lambda letter: _LATEX[letter[0]], text)
