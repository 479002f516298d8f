"""`vlitqa eval`: what the answers of a model are worth in a benchmark, whoever asked for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reports.numbers import ARROWS, number
from vlitqa.cli import options
from vlitqa.cli.gate import FINDINGS
from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from vlitqa.results import Figure
    from vlitqa.results.exams import Coverage, ExamResult

_COLUMNS = ("model", "benchmark", "metric", "", "value", "±", "answers")
_NUMBERS, _ERROR = (4, 5, 6), 5
_NAMED = 5
"""Questions that are named of many."""


_Answers = Annotated[
    list[Path], typer.Option("--answers", help="File of answers, or MME's folder of text files; repeatable.")
]
_Benchmark = Annotated[
    str, typer.Option("--benchmark", help="Name of the benchmark, such as mme: `vlitqa catalogue benchmarks`.")
]
_Rules = Annotated[
    str,
    typer.Option(
        "--rules", help="Rules to mark by: `vlitqa catalogue BENCHMARK` lists them. Default: the first in that list."
    ),
]
_DataRoot = Annotated[
    Path | None,
    typer.Option(
        "--data-root", help="Folder with the files of the benchmark. Default: the answers hold the questions."
    ),
]
_Names = Annotated[
    list[str] | None,
    typer.Option("--name", help="Name of the model, once for each --answers. Default: the name of the file."),
]
_Output = Annotated[
    Path | None,
    typer.Option("--output", help="Folder for all marks and results, such as a run's. Default: they are only shown."),
]
_Strict = Annotated[
    bool,
    typer.Option("--strict", help="Exit with 1 unless every question has one answer. Without it: exit with 0."),
]


def evaluate(  # noqa: PLR0913 - one argument for each option
    answers: _Answers,
    benchmark: _Benchmark,
    rules: _Rules = "",
    data_root: _DataRoot = None,
    names: _Names = None,
    output: _Output = None,
    strict: _Strict = False,
    markdown: options.Markdown = False,
    latex: options.Latex = False,
    seed: options.Seed = 0,
    json: options.Json = False,
) -> None:
    """Mark the answers that a model gave to a benchmark. Needs no model and no GPU."""
    from evaluators.answers.files import read_answers
    from evaluators.benchmarks.catalogue import benchmark as benchmark_named
    from evaluators.exams.folder import keep
    from evaluators.exams.grading import graded
    from vlitqa.cli import screen

    writer = options.choose_writer(markdown=markdown, latex=latex, as_json=json)
    called = _called(answers, names or [])
    exam = benchmark_named(benchmark.lower(), rules.lower(), data_root, seed)
    files = [read_answers(path) for path in answers]
    found = [
        graded(exam, name, file.given, by_questions=data_root is not None)
        for name, file in zip(called, files, strict=True)
    ]
    if output and (replaced := keep(output, found)):
        screen.tell(f"{replaced} earlier results of the same models in {output} were replaced.")
    results = [each.result for each in found]
    if json:
        for each in results:
            screen.show_json(each)
    else:
        _show(exam.card.title, results, [file.layout for file in files], writer)
    lost = [each for each in results if not each.coverage.is_whole]
    if strict and lost:
        screen.tell(f"--strict: {lost[0].model} has not one answer to every question.")
        raise typer.Exit(FINDINGS)


def _called(answers: Sequence[Path], names: Sequence[str]) -> list[str]:
    """The models: as the user names them, or as their files are called, with the folder where that is not enough."""
    if names and len(names) != len(answers):
        raise UsageError("--name must be given once for each --answers.", repair="Or leave it out.")
    found = list(names) or [path.resolve().name if path.is_dir() else path.stem for path in answers]
    found = [each.encode(errors="replace").decode() for each in found]
    if not names and len(set(found)) < len(found):
        found = [f"{path.resolve().parent.name}/{name}" for path, name in zip(answers, found, strict=True)]
    if len(set(found)) < len(found) or not all(each.strip() for each in found):
        raise UsageError(f"Models need names of their own, not {', '.join(map(repr, found))}.", repair="Give --name.")
    return found


def _show(title: str, results: Sequence[ExamResult], layouts: Sequence[str], writer: str) -> None:
    """The table; and what must be known beside it, which no pasted table should lose unseen."""
    from reports.written_tables import WRITERS
    from vlitqa.cli import screen

    rows = [row for each in results for row in _rows(title, each)]
    if writer:
        screen.show_text(WRITERS[writer](_COLUMNS, rows, _NUMBERS))
    else:
        screen.console().print(screen.grid(_COLUMNS, rows, numbers=_NUMBERS))
        if any(row[_ERROR] for row in rows):
            screen.show_text("±: half of the 95 % interval; images are drawn, with all their questions.")
    for each, layout in zip(results, layouts, strict=True):
        for line in _remarks(each, layout):
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
    return [*head, f"{figure.value:,.4f}{unit}", error, f"{figure.measured:,}"]


def _remarks(result: ExamResult, layout: str) -> Iterator[str]:
    """What must be known beside the numbers."""
    yield f"{result.model} (written as {layout} does): {'; '.join(_coverage(result.coverage))}."
    for figure in (result.headline, *result.breakdown):
        if figure.value is None:
            yield f"  {figure.name}: not measured, {figure.reason}"
    for quirk, count in result.quirks.items():
        yield f"{count:>9,}  {quirk}"


def _coverage(coverage: Coverage) -> Iterator[str]:
    """How many of the questions were answered, and what is odd about that."""
    of = f" of {coverage.questions:,}" if coverage.settled else ""
    yield f"{coverage.answered:,}{of} questions answered"
    if not coverage.settled:
        yield "how many there are is not known here"
    if coverage.answered * 2 < coverage.questions:
        yield "fewer than half, so look whether it is the right benchmark"
    if coverage.missing:
        yield f"missing: {', '.join(coverage.missing)}"
    if coverage.extra:
        yield f"answers to no question of it: {coverage.extra:,}"
    if coverage.repeated:
        yield f"answered again: {coverage.repeated:,}"
    if coverage.twice:
        yield f"the release itself asks {coverage.twice} twice"
    if coverage.conflicting:
        named = ", ".join(coverage.conflicting[:_NAMED]) + (" …" if len(coverage.conflicting) > _NAMED else "")
        yield f"again and differently: {named}"
    if coverage.by_order:
        yield f"put to their questions by nothing but their order: {coverage.by_order:,}"
    if coverage.differing:
        yield f"with another right answer than the question has: {coverage.differing:,}"
