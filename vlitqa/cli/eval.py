"""`vlitqa eval`: the marks of a model's answers to a benchmark, whoever asked for them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vlitqa.api import choices
from vlitqa.cli import options
from vlitqa.cli.exit_codes import FINDINGS
from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from evaluators.exams.grading import GradedExam
    from vlitqa.cli.exam_sitting import ExamRoom
    from vlitqa.contracts import Benchmark
    from vlitqa.results.exams import ExamResult


_Answers = Annotated[
    list[Path] | None,
    typer.Option(
        "--answers", help="File of answers, or MME's folder of text files; repeatable. Without it: --model is asked."
    ),
]
_Models = Annotated[
    list[Path] | None,
    typer.Option("--model", help="Folder that `vlitqa tune` wrote, whose model is asked now; repeatable."),
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
_ImageRoot = Annotated[
    list[Path] | None,
    typer.Option("--image-root", help="Folder of the pictures for --model; repeatable. Default: below the data root."),
]
_Prompt = Annotated[
    str,
    typer.Option(
        "--prompt",
        help="Words in which --model is asked, by name: `vlitqa catalogue BENCHMARK`. Default: the first in that list.",
    ),
]
_Longest = Annotated[
    int | None, typer.Option("--longest", min=1, help="Most tokens of an answer of --model. Default: the prompt's.")
]
_Limit = Annotated[
    int | None,
    typer.Option("--limit", min=1, help="Most questions that --model is asked, drawn by the seed. Default: all."),
]
_Names = Annotated[
    list[str] | None,
    typer.Option(
        "--name",
        help="Name of the model, once for each --answers or --model. Default: as its answers or its folder say.",
    ),
]
_Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        help="Folder for all marks, results and answers of --model, such as a run's. Default: they are only shown.",
    ),
]
_Strict = Annotated[
    bool,
    typer.Option("--strict", help="Exit with 1 unless every question has one answer. Without it: exit with 0."),
]


def evaluate(  # noqa: PLR0913 - one argument for each option
    *,
    answers: _Answers = None,
    models: _Models = None,
    benchmark: _Benchmark,
    rules: _Rules = "",
    data_root: _DataRoot = None,
    image_root: _ImageRoot = None,
    prompt: _Prompt = "",
    longest: _Longest = None,
    limit: _Limit = None,
    names: _Names = None,
    output: _Output = None,
    strict: _Strict = False,
    markdown: options.MarkdownOption = False,
    latex: options.LatexOption = False,
    seed: options.SeedOption = 0,
    json: options.JsonLinesOption = False,
) -> None:
    """Mark the answers to a benchmark: those of a file, without any model, or those that a tuned model gives now."""
    from evaluators.benchmarks.catalogue import load_benchmark
    from evaluators.exams.paper import ExamTerms
    from vlitqa.cli.exam_sitting import open_room

    writer = options.choose_writer(markdown=markdown, latex=latex, as_json=json) or ("json" if json else "")
    terms = ExamTerms(prompt=prompt, longest=longest, limit=limit, seed=seed)
    _refuse_both_or_none(answers, models, for_models=bool(image_root) or terms != ExamTerms(seed=seed))
    _refuse_other_number(answers or models or [], names or [])
    exam = load_benchmark(benchmark.lower(), rules.lower(), data_root, seed)
    if models:
        room = open_room(exam, terms, data_root, choices.check_image_roots(image_root))
        graded, layouts = _sit(room, models, names or [], output)
    else:
        graded, layouts = _mark(exam, answers or [], names or [], by_data_root=data_root is not None)
    results = [graded_exam.result for graded_exam in graded]
    _keep(graded, output)
    _show(exam.card.title, results, layouts, writer)
    if strict:
        _refuse_incomplete(results)


def _mark(
    exam: Benchmark, answers: Sequence[Path], names: Sequence[str], *, by_data_root: bool
) -> tuple[list[GradedExam], list[str]]:
    """Marks files of answers; returns the names of their layouts too."""
    from evaluators.answers.files import read_answers
    from evaluators.exams.grading import grade_answers

    files = [read_answers(path) for path in answers]
    models = _model_names(answers, names, [file.model for file in files])
    graded = [
        grade_answers(exam, model, file.answers, by_data_root=by_data_root)
        for model, file in zip(models, files, strict=True)
    ]
    return graded, [file.layout for file in files]


def _sit(
    room: ExamRoom, folders: Sequence[Path], names: Sequence[str], output: Path | None
) -> tuple[list[GradedExam], list[str]]:
    """Marks what models answer now; all folders are looked at before hours go into the first."""
    from evaluators.answers.layouts import SITTING_LAYOUT
    from reference_models.catalogue import find_saved_model
    from vlitqa.cli.exam_sitting import sit_exams

    models = [find_saved_model(folder) for folder in folders]
    names = _model_names(folders, names, [model.name for model in models])
    return sit_exams(room, models, names, output), [SITTING_LAYOUT] * len(models)


def _keep(graded: Sequence[GradedExam], output: Path | None) -> None:
    from evaluators.exams.folder import add_exams
    from vlitqa.cli import screen

    if output and (replaced := add_exams(output, graded)):
        screen.tell(f"{replaced} earlier results of the same models in {output} were replaced.")


def _show(title: str, results: Sequence[ExamResult], layouts: Sequence[str], writer: str) -> None:
    from vlitqa.cli import screen
    from vlitqa.cli.exam_tables import show_exams

    if writer != "json":
        show_exams(title, results, layouts, writer)
        return
    for result in results:
        screen.show_json(result)


def _refuse_both_or_none(answers: Sequence[Path] | None, models: Sequence[Path] | None, *, for_models: bool) -> None:
    if answers and models:
        raise UsageError(
            "--answers and --model exclude each other.",
            repair="Mark the answers of a file, or let a model answer now: write a command for each.",
        )
    if not answers and not models:
        raise UsageError(
            "Whose answers are to be marked?",
            repair="--answers names a file of them, --model the folder of a tuned model that is asked now.",
        )
    if for_models and not models:
        raise UsageError(
            "--prompt, --longest, --limit and --image-root are about asking, and --answers holds answers already.",
            repair="Leave them out, or give --model.",
        )


def _refuse_incomplete(results: Sequence[ExamResult]) -> None:
    """Exits with findings unless every question has one answer."""
    from vlitqa.cli import screen

    incomplete = [result for result in results if not result.coverage.is_whole]
    if incomplete:
        screen.tell(f"--strict: {incomplete[0].model} does not have exactly one answer to every question.")
        raise typer.Exit(FINDINGS)


def _refuse_other_number(answers: Sequence[Path], names: Sequence[str]) -> None:
    if names and len(names) != len(answers):
        raise UsageError("--name must be given once for each --answers or --model.", repair="Or leave it out.")


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
