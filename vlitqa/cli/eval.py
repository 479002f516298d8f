"""`vlitqa eval`: the marks of a model's answers to a benchmark, whoever asked for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reports.numbers import ARROWS, number
from vlitqa.algorithms.counted import counted
from vlitqa.cli import options
from vlitqa.cli.exit_codes import FINDINGS
from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from vlitqa.results import Figure
    from vlitqa.results.exams import Coverage, ExamResult

_COLUMNS = ("model", "benchmark", "metric", "", "value", "±", "answers")
_NUMBERS, _ERROR = (4, 5, 6), 5
_MOST_NAMED = 5
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
    typer.Option(
        "--name",
        help="Name of the model, once for each --answers. Default: as its answers say, or as the file is called.",
    ),
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
    *,
    answers: _Answers,
    benchmark: _Benchmark,
    rules: _Rules = "",
    data_root: _DataRoot = None,
    names: _Names = None,
    output: _Output = None,
    strict: _Strict = False,
    markdown: options.MarkdownOption = False,
    latex: options.LatexOption = False,
    seed: options.SeedOption = 0,
    json: options.JsonLinesOption = False,
) -> None:
    """Mark the answers that a model gave to a benchmark. Needs no model and no GPU."""
    from evaluators.answers.files import read_answers
    from evaluators.benchmarks.catalogue import load_benchmark
    from evaluators.exams.folder import add_exams
    from evaluators.exams.grading import grade_answers
    from vlitqa.cli import screen

    writer = options.choose_writer(markdown=markdown, latex=latex, as_json=json)
    _refuse_other_number(answers, names or [])
    exam = load_benchmark(benchmark.lower(), rules.lower(), data_root, seed)
    files = [read_answers(path) for path in answers]
    models = _model_names(answers, names or [], [file.model for file in files])
    graded = [
        grade_answers(exam, model, file.answers, by_data_root=data_root is not None)
        for model, file in zip(models, files, strict=True)
    ]
    if output and (replaced := add_exams(output, graded)):
        screen.tell(f"{replaced} earlier results of the same models in {output} were replaced.")
    results = [graded_exam.result for graded_exam in graded]
    if json:
        for result in results:
            screen.show_json(result)
    else:
        _show(exam.card.title, results, [file.layout for file in files], writer)
    if strict:
        _refuse_incomplete(results)


def _refuse_incomplete(results: Sequence[ExamResult]) -> None:
    """Exits with findings unless every question has one answer."""
    from vlitqa.cli import screen

    incomplete = [result for result in results if not result.coverage.is_whole]
    if incomplete:
        screen.tell(f"--strict: {incomplete[0].model} does not have exactly one answer to every question.")
        raise typer.Exit(FINDINGS)


def _refuse_other_number(answers: Sequence[Path], names: Sequence[str]) -> None:
    if names and len(names) != len(answers):
        raise UsageError("--name must be given once for each --answers.", repair="Or leave it out.")


def _model_names(answers: Sequence[Path], names: Sequence[str], in_rows: Sequence[str]) -> list[str]:
    """The models: as the user names them, as their rows do, or as their files are called, with the folder if needed."""
    of_files = [path.resolve().name if path.is_dir() else path.stem for path in answers]
    models = list(names) or [name or of_file for name, of_file in zip(in_rows, of_files, strict=True)]
    if not names and len(set(models)) < len(models):
        models = of_files
    if not names and len(set(models)) < len(models):
        models = [f"{path.resolve().parent.name}/{model}" for path, model in zip(answers, models, strict=True)]
    models = [model.encode(errors="replace").decode() for model in models]
    if len(set(models)) < len(models) or not all(model.strip() for model in models):
        raise UsageError(
            f"Every model needs a different name, not {', '.join(map(repr, models))}.", repair="Give --name."
        )
    return models


def _show(title: str, results: Sequence[ExamResult], layouts: Sequence[str], writer: str) -> None:
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
    yield f"{result.model} (format: {layout}): {'; '.join(_coverage(result.coverage))}."
    yield from (f"  {remark}." for remark in result.remarks)
    for figure in (result.headline, *result.breakdown):
        if figure.value is None:
            yield f"  {figure.name}: not measured, {figure.reason}"
    for quirk, count in result.quirks.items():
        yield f"{count:>9,}  {quirk}"


def _coverage(coverage: Coverage) -> Iterator[str]:
    """The number of questions that were answered, and its oddities."""
    answered = f"{coverage.answered:,} of {counted(coverage.questions, 'question')}"
    yield f"{answered if coverage.settled else counted(coverage.answered, 'question')} answered"
    if not coverage.settled:
        yield "the number of questions is unknown"
    if coverage.answered * 2 < coverage.questions:
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
