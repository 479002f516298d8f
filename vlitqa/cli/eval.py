"""`vlitqa eval`: the marks of a model's answers to a benchmark, whoever asked for them."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vlitqa.api import choices
from vlitqa.cli import options
from vlitqa.cli.exit_codes import FINDINGS
from vlitqa.cli.stopping import INTERRUPTED
from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from evaluators.exams.grading import GradedExam
    from vlitqa.api.exam_sitting import ExamRoom
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
    from vlitqa.api.exam_marking import mark_files
    from vlitqa.api.exam_sitting import open_room

    writer = options.choose_writer(markdown=markdown, latex=latex, as_json=json) or ("json" if json else "")
    terms = ExamTerms(prompt=prompt, longest=longest, limit=limit, seed=seed)
    _refuse_both_or_none(answers, models, for_models=bool(image_root) or terms != ExamTerms(seed=seed))
    _refuse_other_number(answers or models or [], names or [])
    exam = load_benchmark(benchmark.lower(), rules.lower(), data_root, seed)
    if models:
        room = open_room(exam, terms, data_root, choices.check_image_roots(image_root))
        graded, layouts = _ask(room, models, names or [], output)
    else:
        graded, layouts = mark_files(exam, answers or [], names or [], by_data_root=data_root is not None)
    results = [graded_exam.result for graded_exam in graded]
    _keep(graded, output)
    _show(exam.card.title, results, layouts, writer)
    if strict:
        _refuse_incomplete(results)


def _ask(
    room: ExamRoom, folders: Sequence[Path], names: Sequence[str], output: Path | None
) -> tuple[list[GradedExam], list[str]]:
    """Marks what models answer now; the same command goes on with one that was stopped."""
    from vlitqa.api.exam_marking import mark_models
    from vlitqa.cli import screen

    try:
        return mark_models(room, folders, names, output)
    except KeyboardInterrupt:
        command = shlex.join(["vlitqa", *sys.argv[1:]])
        screen.tell(f"Stopped; answers that were given are kept. Go on with: {command}")
        raise typer.Exit(INTERRUPTED) from None


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
