"""Shows the results of exams: a table, and the remarks that must be read beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from evaluators.answers.layouts import SITTING_LAYOUT
from reports.numbers import ARROWS, number
from vlitqa.algorithms.counted import counted

if TYPE_CHECKING:
    from vlitqa.results import Figure
    from vlitqa.results.exams import Coverage, ExamResult

_COLUMNS = ("model", "benchmark", "metric", "", "value", "±", "answers")
_NUMBERS, _ERROR = (4, 5, 6), 5
_MOST_NAMED = 5
"""Questions that are named of many."""


def show_exams(title: str, results: Sequence[ExamResult], layouts: Sequence[str], writer: str) -> None:
    """Shows the table, and the remarks beside it, which no pasted table should lose unseen."""
    from reports.written_tables import WRITERS
    from vlitqa.cli import screen

    rows = [row for result in results for row in _rows(title, result)]
    if writer:
        screen.show_text(WRITERS[writer](_COLUMNS, rows, _NUMBERS))
    else:
        screen.console().print(screen.grid(_COLUMNS, rows, numbers=_NUMBERS))
        if any(row[_ERROR] for row in rows):
            screen.show_text(
                "±: half of the 95 % interval, by whole images: answers about one image depend on each other."
            )
    for result, layout in zip(results, layouts, strict=True):
        for line in _remarks(result, layout):
            (screen.tell if writer else screen.show_text)(line)


def _rows(title: str, result: ExamResult) -> Iterator[list[str]]:
    yield [result.model, f"{title} ({result.rules})", *_cells(result.headline)]
    for figure in result.breakdown:
        yield ["", "", *_cells(figure)]


def _cells(figure: Figure) -> list[str]:
    head = [figure.name, ARROWS[figure.direction]]
    if figure.value is None:
        return [*head, "n/a", "", f"{figure.measured:,}"]
    error = number((figure.interval[1] - figure.interval[0]) / 2) if figure.interval else ""
    unit = f" {figure.unit}" if figure.unit else ""
    value = number(figure.value) if unit else f"{figure.value:,.4f}"
    return [*head, f"{value}{unit}", error, f"{figure.measured:,}"]


def _remarks(result: ExamResult, layout: str) -> Iterator[str]:
    """The remarks that must be read beside the numbers."""
    yield f"{result.model} (format: {layout}): {'; '.join(_coverage(result.coverage, layout))}."
    yield from (f"  {remark}." for remark in result.remarks)
    for figure in (result.headline, *result.breakdown):
        if figure.value is None:
            yield f"  {figure.name}: not measured, {figure.reason}"
    for quirk, count in result.quirks.items():
        yield f"{count:>9,}  {quirk}"


def _coverage(coverage: Coverage, layout: str) -> Iterator[str]:
    """The number of questions that were answered, and its oddities."""
    answered = f"{coverage.answered:,} of {counted(coverage.questions, 'question')}"
    yield f"{answered if coverage.settled else counted(coverage.answered, 'question')} answered"
    if not coverage.settled:
        yield "the number of questions is unknown"
    if coverage.answered * 2 < coverage.questions and layout != SITTING_LAYOUT:
        yield "fewer than half: check that this is the right benchmark"
    if coverage.missing:
        yield f"missing: {', '.join(coverage.missing)}"
    if coverage.extra:
        yield f"answers that match no question: {coverage.extra:,} (check that this is the right file)"
    if coverage.repeated:
        yield f"answered more than once: {coverage.repeated:,}"
    if coverage.twice:
        yield f"the release itself asks {coverage.twice} twice"
    if coverage.conflicting:
        named = ", ".join(coverage.conflicting[:_MOST_NAMED])
        yield f"answered differently: {named}{' …' if len(coverage.conflicting) > _MOST_NAMED else ''}"
    if coverage.by_order:
        yield f"matched to questions by order only: {coverage.by_order:,}"
    if coverage.differing:
        yield f"with a right answer that differs from the data root: {coverage.differing:,}"
