"""`vlitqa reproduce`: published tables recomputed from their own numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vlitqa.cli import options
from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from evaluators.agreement.reproduction import ReproducedNumber

_PAPERS = {
    "review": "Vision-Language Instruction Tuning: A Review and Analysis",
    "textbind": "TextBind: Multi-turn Interleaved Multimodal Instruction-following in the Wild",
    "imagebind-llm": "ImageBind-LLM",
}
_COLUMNS = ("table", "row", "column", "printed", "ours", "95 % interval", "")
_INTERVAL = _COLUMNS.index("95 % interval")


def reproduce(
    *,
    paper: Annotated[str, typer.Argument(help="Paper: review, textbind or imagebind-llm.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Folder for the review's tables as a comparison, with its page. Default: none is made.",
        ),
    ] = None,
    json: options.JsonOption = False,
) -> None:
    """Recompute what follows from a paper's own numbers, such as correlations and totals, and show where it differs."""
    from evaluators.agreement import published, reproduction
    from vlitqa.catalogue import suggestion
    from vlitqa.cli import screen
    from vlitqa.results import fields_of

    if paper not in _PAPERS:
        raise UsageError(f"There is no paper {paper!r}.", repair=suggestion(paper, _PAPERS))
    if output:
        _write_review(paper, output)
    numbers, without_check = reproduction.RECOMPUTE[paper](), published.TABLES_WITHOUT_CHECK[paper]
    if json:
        checks = [{**fields_of(number), "agrees": number.agrees} for number in numbers]
        screen.show_json({"paper": _PAPERS[paper], "checks": checks, "without_check": without_check})
        return
    screen.show_text(_PAPERS[paper])
    columns, *rows = _table(numbers)
    screen.console().print(screen.grid(columns, rows, numbers=range(3, len(columns) - 1)))
    for sentence in without_check:
        screen.show_text(f"Not checked: {sentence}")
    screen.show_text(_counts(numbers))


def _counts(numbers: Sequence[ReproducedNumber]) -> str:
    lacking = sum(number.ours is None for number in numbers)
    agreeing = sum(number.agrees for number in numbers)
    return (
        f"{agreeing} of {len(numbers)} printed numbers follow from the paper's own; "
        f"{len(numbers) - agreeing - lacking} do not; {lacking} cannot be recomputed."
    )


def _write_review(paper: str, output: Path) -> None:
    """Draws the page of a comparison from the review's own numbers."""
    from evaluators.agreement.review_comparison import review_comparison
    from vlitqa.cli import screen
    from vlitqa.comparison.folder import write_comparison

    if paper != "review":
        raise UsageError(
            f"{paper} holds no exams of models that learned from several datasets.",
            repair="Leave out --output, or name the review.",
        )
    page, _ = write_comparison(output, review_comparison())
    screen.tell(f"Page: {page}")


def _table(numbers: Sequence[ReproducedNumber]) -> list[list[str]]:
    """The heading and the rows, without the column of intervals where there is none."""
    table = [[*_COLUMNS], *(_cells(number) for number in numbers)]
    if not any(number.interval for number in numbers):
        for row in table:
            del row[_INTERVAL]
    return table


def _cells(number: ReproducedNumber) -> list[str]:
    ours = "-" if number.ours is None else f"{number.ours:.4f}"
    interval = "" if number.interval is None else f"[{number.interval[0]:.3f}, {number.interval[1]:.3f}]"
    remark = f"agrees within {number.within:.2g}" if number.agrees else number.note
    return [number.table, number.row, number.column, f"{number.printed:g}", ours, interval, remark]
