"""The steps of a comparison: datasets are scored, cells are done, and all figures are put together."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from vlitqa.algorithms.counted import counted
from vlitqa.api.cell_grid import cell_progress
from vlitqa.api.choices import engine_chooser
from vlitqa.api.messages import tell
from vlitqa.api.progress import progress
from vlitqa.api.scoring import score_and_draw
from vlitqa.comparison.assembly import ScoredRun, assemble
from vlitqa.comparison.cells import CellFailure
from vlitqa.comparison.crews import CellCrew
from vlitqa.comparison.folder import comparison_folder
from vlitqa.comparison.plan import ComparisonPlan, NamedDataset, plan_comparison
from vlitqa.comparison.versions import write_versions
from vlitqa.results.comparison import Comparison
from vlitqa.runs.finished import open_run
from vlitqa.scoring.job import ScoreRequest
from vlitqa.scoring.score import RunPlace
from vlitqa.storage.places import cache_folder


def tell_plan(plan: ComparisonPlan) -> None:
    """Says what will be compared, and what no model can sit."""
    request = plan.request
    tell(
        f"{counted(len(request.datasets), 'dataset')} of {plan.rows:,} rows, "
        f"{counted(len(request.models), 'model')}, {counted(len(request.seeds), 'seed')}: "
        f"{counted(len(plan.cells), 'cell')}, {len(plan.left):,} of them left to do"
        + (f"; {plan.scored:,} rows of each dataset are scored" if plan.scored < plan.rows else "")
    )
    for benchmark, reason in plan.refused.items():
        tell(f"{benchmark}: no model sits it, because {reason}")


def with_versions(plan: ComparisonPlan, rules: Sequence[str], command: Sequence[str]) -> ComparisonPlan:
    """The plan with two versions of each dataset: what quality control keeps of it, and as many random rows.

    The rules judge each by a run of its own, so that what is kept of one does not depend on the others.
    """
    request = plan.request
    datasets: list[NamedDataset] = []
    for named in request.datasets:
        (scored,) = _score(plan, [named], command)
        versions = write_versions(named, open_run(request.output / scored.folder), rules, request.output)
        tell(versions.sentence)
        datasets += [named, *versions.datasets]
    plan = plan_comparison(replace(request, datasets=tuple(datasets)))
    tell_plan(plan)
    return plan


def carry_out(plan: ComparisonPlan, crew: CellCrew, command: Sequence[str]) -> Comparison:
    """Scores the datasets, does the cells that are left, and puts all figures together."""
    runs = _score(plan, plan.request.datasets, command)
    failures: dict[str, Sequence[CellFailure]] = {}
    left = plan.left
    with closing(crew.do(left)) as news_of_cells, cell_progress(plan.cells, left) as hear:
        for news in news_of_cells:
            hear(news)
            if news.end and news.end.failures:
                failures[news.cell.key] = news.end.failures
    return assemble(plan, runs, failures)


def _score(plan: ComparisonPlan, named: Sequence[NamedDataset], command: Sequence[str]) -> list[ScoredRun]:
    """Scores datasets together, of which the same rows count that models learn from."""
    request = plan.request
    scoring = ScoreRequest(metrics=request.metrics, image_roots=request.image_roots, draw=plan.scored)
    place = RunPlace(request.output, cache_folder(), command=command, tell=tell)
    datasets = [one.dataset for one in named]
    scored = score_and_draw(datasets, scoring, place, engine_chooser("auto", None), progress)
    return [ScoredRun(folder=run.folder.name, card=run.card) for run in scored]


def folder_of(plan: ComparisonPlan) -> Path:
    """The folder of the comparison: another one for other cells, exams, names or metrics."""
    identity = [
        [(cell.dataset, cell.key, [(exam.benchmark, exam.key) for exam in cell.exams]) for cell in plan.cells],
        sorted(plan.refused),
        [metric.card.name for metric in plan.request.metrics],
        plan.scored,
    ]
    return comparison_folder(plan.request.output, identity)
