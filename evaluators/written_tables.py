"""Tables as papers and pages take them: Markdown and LaTeX."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

Rows = Sequence[Sequence[str]]
_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
}  # fmt: skip
_LATEX_LETTERS = re.compile("|".join(map(re.escape, _LATEX)))


def as_markdown(columns: Sequence[str], rows: Rows) -> str:
    lines = [columns, ["---", *["---:"] * (len(columns) - 1)], *rows]
    return "\n".join(f"| {' | '.join(_markdown(cell) for cell in line)} |" for line in lines)


def as_latex(columns: Sequence[str], rows: Rows) -> str:
    """A tabular with the rules of booktabs."""
    head, *body = (" & ".join(_latex(cell) for cell in line) + r" \\" for line in (columns, *rows))
    lines = [rf"\begin{{tabular}}{{l{'r' * (len(columns) - 1)}}}", r"\toprule", head, r"\midrule", *body]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])


WRITERS: Mapping[str, Callable[[Sequence[str], Rows], str]] = {"markdown": as_markdown, "latex": as_latex}


def _markdown(cell: str) -> str:
    return cell.replace("|", r"\|").replace("*", r"\*").replace("\n", " ")


def _latex(cell: str) -> str:
    return _LATEX_LETTERS.sub(lambda found: _LATEX[found[0]], cell)
