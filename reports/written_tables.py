"""Tables to paste into papers and pages: Markdown and LaTeX."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

Rows = Sequence[Sequence[str]]
_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "↑": r"$\uparrow$", "↓": r"$\downarrow$", "±": r"$\pm$",
}  # fmt: skip
_LATEX_LETTERS = re.compile("|".join(map(re.escape, _LATEX)))


def as_markdown(columns: Sequence[str], rows: Rows, numbers: Sequence[int] | None = None) -> str:
    """A Markdown table; numbers stand to the right, in all columns but the first unless others are named."""
    rule = ["---:" if is_number else "---" for is_number in _are_numbers(columns, numbers)]
    lines = [columns, rule, *rows]
    return "\n".join(f"| {' | '.join(_markdown(cell) for cell in line)} |" for line in lines)


def as_latex(columns: Sequence[str], rows: Rows, numbers: Sequence[int] | None = None) -> str:
    """A LaTeX tabular with the rules of booktabs; numbers as in Markdown."""
    head, *body = (" & ".join(_latex(cell) for cell in line) + r" \\" for line in (columns, *rows))
    kinds = "".join("r" if is_number else "l" for is_number in _are_numbers(columns, numbers))
    lines = [rf"\begin{{tabular}}{{{kinds}}}", r"\toprule", head, r"\midrule", *body]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])


WRITERS: Mapping[str, Callable[[Sequence[str], Rows, Sequence[int] | None], str]] = {
    "markdown": as_markdown,
    "latex": as_latex,
}


def _are_numbers(columns: Sequence[str], numbers: Sequence[int] | None) -> list[bool]:
    return [place > 0 if numbers is None else place in numbers for place in range(len(columns))]


def _markdown(cell: str) -> str:
    return cell.replace("|", r"\|").replace("*", r"\*").replace("\n", " ")


def _latex(cell: str) -> str:
    return _LATEX_LETTERS.sub(lambda letter: _LATEX[letter[0]], cell)
