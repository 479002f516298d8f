"""`vlitqa reproduce`: published tables recomputed from their own numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from vlitqa.cli import options
from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from evaluators.agreement.reproduction import Check

PAPERS = {"review": "Vision-Language Instruction Tuning: A Review and Analysis", "imagebind-llm": "ImageBind-LLM"}


def reproduce(
    paper: Annotated[str, typer.Argument(help="review or imagebind-llm.")],
    json: options.Json = False,
) -> None:
    """Recompute the agreement and correlation tables of a paper, and show where they do not follow from its numbers."""
    from evaluators.agreement import reproduction
    from vlitqa.catalogue import suggestion
    from vlitqa.cli import screen
    from vlitqa.results import fields_of

    if paper not in PAPERS:
        raise UsageError(f"There is no paper {paper!r}.", repair=suggestion(paper, PAPERS))
    checks = reproduction.review() if paper == "review" else reproduction.imagebind_llm()
    if json:
        told = [{**fields_of(each), "agrees": each.agrees} for each in checks]
        screen.show_json({"paper": PAPERS[paper], "checks": told})
        return
    rows = [
        (
            each.table,
            each.row,
            each.column,
            f"{each.printed:g}",
            "-" if each.ours is None else f"{each.ours:.4f}",
            _said(each),
        )
        for each in checks
    ]
    screen.show_text(PAPERS[paper])
    screen.console().print(screen.grid(("table", "row", "column", "printed", "ours", ""), rows, numbers=(3, 4)))
    lost = sum(each.ours is None for each in checks)
    agreed = sum(each.agrees for each in checks)
    screen.show_text(
        f"{agreed} of {len(checks)} printed numbers follow from the paper's own; {len(checks) - agreed - lost} do not; "
        f"{lost} cannot be recomputed."
    )


def _said(check: Check) -> str:
    return f"agrees within {check.within:.1g}" if check.agrees else check.note
