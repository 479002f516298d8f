"""`vlitqa eval`: the marks of a model's answers to a benchmark, whoever asked for them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vlitqa.cli import options
from vlitqa.cli.exit_codes import FINDINGS
from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from vlitqa.results.exams import ExamResult


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
    from vlitqa.cli.exam_tables import show_exams

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
        show_exams(exam.card.title, results, [file.layout for file in files], writer)
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
