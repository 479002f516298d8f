"""`vlitqa.evaluate` and `vlitqa.compare`: exams of models, and datasets by the models that learn from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from evaluators.benchmarks.catalogue import load_benchmark
from evaluators.exams.folder import add_exams
from evaluators.exams.paper import ExamTerms
from vlitqa.api.arguments import Paths, joined_names, listed_paths
from vlitqa.api.choices import check_image_roots, choose_models, load_metrics
from vlitqa.api.comparing import carry_out, folder_of, tell_plan, with_versions
from vlitqa.api.comparison_materials import ComparisonEffort, ComparisonMaterials, choose_rules
from vlitqa.api.exam_marking import mark_files, mark_models
from vlitqa.api.exam_sitting import open_room
from vlitqa.api.exam_views import ComparisonResult, EvaluationResult
from vlitqa.comparison.folder import write_comparison
from vlitqa.comparison.plan import plan_comparison
from vlitqa.errors import UsageError
from vlitqa.reader import Reading

_COMMAND = ("vlitqa.compare",)
"""What run.json says that began the runs of a comparison."""


def evaluate(  # noqa: PLR0913 - one argument for each option of the command
    benchmark: str,
    *,
    answers: Paths = (),
    models: Paths = (),
    rules: str = "",
    data_root: str | Path | None = None,
    image_root: Paths = (),
    prompt: str = "",
    longest: int | None = None,
    limit: int | None = None,
    names: Sequence[str] = (),
    output: str | Path | None = None,
    seed: int = 0,
) -> EvaluationResult:
    """Mark the answers of files, or those that tuned models give now, as `vlitqa eval` does.

    Either `answers` names files, or `models` names folders that `vlitqa tune` wrote.
    """
    files, folders = listed_paths(answers), listed_paths(models)
    if bool(files) == bool(folders):
        raise UsageError("Name either `answers` or `models`.", repair='Such as answers="answers.json".')
    if names and len(names) != len(files or folders):
        raise UsageError("`names` needs a name for each of `answers` or `models`.", repair="Or leave it out.")
    root = Path(data_root) if data_root else None
    exam = load_benchmark(benchmark.lower(), rules.lower(), root, seed)
    if folders:
        terms = ExamTerms(prompt=prompt, longest=longest, limit=limit, seed=seed)
        room = open_room(exam, terms, root, check_image_roots(listed_paths(image_root)))
        graded, _ = mark_models(room, folders, names, Path(output) if output else None)
    else:
        graded, _ = mark_files(exam, files, names, by_data_root=root is not None)
    if output:
        add_exams(Path(output), graded)
    return EvaluationResult(exam.card.title, tuple(one.result for one in graded))


def compare(  # noqa: PLR0913 - one argument for each option of the command
    data: Paths = (),
    *,
    models: str | Sequence[str] = "llava,blip2,openflamingo",
    preset: str = "nano",
    benchmarks: str | Sequence[str] = "seed",
    data_root: Mapping[str, str | Path] | str | Path | None = None,
    metrics: str | Sequence[str] = "all",
    rules: Sequence[str] = (),
    seeds: int = 1,
    rows: int | None = None,
    score_rows: int | None = None,
    questions: int | None = None,
    tuning: Sequence[str] = (),
    image_root: Paths = (),
    output: str | Path = "runs",
    quick: bool = False,
    workers: int | None = None,
) -> ComparisonResult:
    """Score datasets, tune models on them, examine these, and compare all of it, as `vlitqa compare` does.

    Datasets are files, folders, or names of datasets of drawn shapes. The same call goes on where it was stopped.
    """
    chosen = load_metrics(joined_names(metrics), None, 0)
    kept_by = choose_rules(list(rules), chosen, score_rows)
    effort = ComparisonEffort(seeds, rows, score_rows, questions, tuning, is_quick=quick)
    named, exams = [str(path) for path in listed_paths(data)], joined_names(benchmarks)
    materials = ComparisonMaterials(named, exams, _in_words(data_root), Path(output).absolute(), effort, kept_by)
    image_roots, tuned = check_image_roots(listed_paths(image_root)), choose_models(joined_names(models), preset)
    plan = plan_comparison(materials.request(tuned, chosen, image_roots, Reading()))
    tell_plan(plan)
    plan = with_versions(plan, kept_by, _COMMAND) if kept_by else plan
    comparison = carry_out(plan, effort.crew("local", workers), _COMMAND)
    page, statistics = write_comparison(folder_of(plan), comparison)
    return ComparisonResult(page.parent, page, comparison, statistics)


def _in_words(data_root: Mapping[str, str | Path] | str | Path | None) -> list[str]:
    """Folders of benchmarks as the command line takes them."""
    if isinstance(data_root, Mapping):
        return [f"{benchmark}={folder}" for benchmark, folder in data_root.items()]
    return [str(data_root)] if data_root else []
