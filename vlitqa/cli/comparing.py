"""The steps of `vlitqa compare`: datasets are scored, cells are done, and all of it is shown."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import KW_ONLY, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from vlitqa.cli import screen
from vlitqa.cli.exit_codes import PARTIAL
from vlitqa.cli.stopping import INTERRUPTED
from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from vlitqa.comparison.assembly import ScoredRun
    from vlitqa.comparison.cells import CellFailure
    from vlitqa.comparison.crews import CellCrew
    from vlitqa.comparison.plan import ComparisonPlan, ComparisonRequest, NamedDataset
    from vlitqa.results.comparison import Comparison


@dataclass(frozen=True, slots=True)
class ComparisonTerms:
    """The wishes of a user: the rules of quality control, who does the cells, and what is shown."""

    rules: tuple[str, ...]
    """Of which every dataset has a version, and a control; none for the datasets as they are."""
    crew: CellCrew
    _: KW_ONLY
    dry_run: bool
    json: bool


def compare_now(request: ComparisonRequest, terms: ComparisonTerms) -> None:
    """Plans a comparison, carries it out and shows it, or says what it would cost."""
    from vlitqa.comparison.plan import plan_comparison

    plan = plan_comparison(request)
    tell_plan(plan)
    if terms.dry_run:
        show_costs(plan, terms.crew)
        if terms.rules:
            screen.show_text("and two versions of each dataset, whose sizes are known when its rows are scored")
        return
    try:
        plan = with_versions(plan, terms.rules) if terms.rules else plan
        comparison = carry_out(plan, terms.crew)
    except KeyboardInterrupt:
        screen.tell(f"Stopped; what was done is kept. Go on with: {shlex.join(['vlitqa', *sys.argv[1:]])}")
        raise typer.Exit(INTERRUPTED) from None
    end(comparison, folder_of(plan), as_json=terms.json)


def tell_plan(plan: ComparisonPlan) -> None:
    """Says what will be compared, and what no model can sit."""
    request = plan.request
    screen.tell(
        f"{screen.counted(len(request.datasets), 'dataset')} of {plan.rows:,} rows, "
        f"{screen.counted(len(request.models), 'model')}, {screen.counted(len(request.seeds), 'seed')}: "
        f"{screen.counted(len(plan.cells), 'cell')}, {len(plan.left):,} of them left to do"
        + (f"; {plan.scored:,} rows of each dataset are scored" if plan.scored < plan.rows else "")
    )
    for benchmark, reason in plan.refused.items():
        screen.tell(f"{benchmark}: no model sits it, because {reason}")


def show_costs(plan: ComparisonPlan, crew: CellCrew) -> None:
    """Shows the memory and the time of the cells that are left, from one step of each model that is computed now."""
    from vlitqa.comparison.costs import costs_of

    for line in costs_of(plan, crew.workers):
        screen.show_text(line)


def with_versions(plan: ComparisonPlan, rules: Sequence[str]) -> ComparisonPlan:
    """The plan with two versions of each dataset: what quality control keeps of it, and as many random rows.

    The rules judge each by a run of its own, so that what is kept of one does not depend on the others.
    """
    from vlitqa.comparison.plan import plan_comparison
    from vlitqa.comparison.versions import write_versions
    from vlitqa.runs.finished import open_run

    request = plan.request
    datasets: list[NamedDataset] = []
    for named in request.datasets:
        (scored,) = _score(plan, [named])
        versions = write_versions(named, open_run(request.output / scored.folder), rules, request.output)
        screen.tell(versions.sentence)
        datasets += [named, *versions.datasets]
    plan = plan_comparison(replace(request, datasets=tuple(datasets)))
    tell_plan(plan)
    return plan


def carry_out(plan: ComparisonPlan, crew: CellCrew) -> Comparison:
    """Scores the datasets, does the cells that are left, and puts all figures together."""
    from vlitqa.cli.cell_grid import cell_progress
    from vlitqa.comparison.assembly import assemble

    runs = _score(plan, plan.request.datasets)
    failures: dict[str, Sequence[CellFailure]] = {}
    left = plan.left
    with closing(crew.do(left)) as news_of_cells, cell_progress(plan.cells, left) as hear:
        for news in news_of_cells:
            hear(news)
            if news.end and news.end.failures:
                failures[news.cell.key] = news.end.failures
    return assemble(plan, runs, failures)


def _score(plan: ComparisonPlan, named: Sequence[NamedDataset]) -> list[ScoredRun]:
    """Scores datasets together, of which the same rows count that models learn from."""
    from vlitqa.api.choices import engine_chooser
    from vlitqa.api.pages import draw_new_run
    from vlitqa.api.progress import progress
    from vlitqa.cli.next_steps import tell_failures
    from vlitqa.comparison.assembly import ScoredRun
    from vlitqa.scoring.job import ScoreRequest
    from vlitqa.scoring.score import RunPlace, score_datasets
    from vlitqa.storage.places import cache_folder

    request = plan.request
    scoring = ScoreRequest(metrics=request.metrics, image_roots=request.image_roots, draw=plan.scored)
    place = RunPlace(request.output, cache_folder(), command=("vlitqa", *sys.argv[1:]), tell=screen.tell)
    datasets = [one.dataset for one in named]
    runs = []
    for scored in score_datasets(datasets, scoring, place, engine_chooser("auto", None), progress):
        tell_failures(scored)
        screen.tell(f"Page: {draw_new_run(scored.folder, scored.dataset)}")
        runs.append(ScoredRun(folder=scored.folder.name, card=scored.card))
    return runs


def compare_finished(runs: Sequence[Path], exams: Path | None, output: Path, *, as_json: bool) -> None:
    """Compares runs that are finished by the exams in a table."""
    from evaluators.agreement.exam_figures import read_exam_figures
    from vlitqa.comparison.finished_parts import join_runs_with_exams
    from vlitqa.comparison.folder import comparison_folder
    from vlitqa.results import fields_of
    from vlitqa.runs.finished import open_run

    if not runs or exams is None:
        raise UsageError(
            "--runs and --exams belong together.", repair="Name the run of every dataset and the table of the exams."
        )
    comparison = join_runs_with_exams([open_run(run) for run in runs], read_exam_figures(exams))
    end(comparison, comparison_folder(output, fields_of(comparison)), as_json=as_json)


def folder_of(plan: ComparisonPlan) -> Path:
    """The folder of the comparison: another one for other cells, exams, names or metrics."""
    from vlitqa.comparison.folder import comparison_folder

    identity = [
        [(cell.dataset, cell.key, [(exam.benchmark, exam.key) for exam in cell.exams]) for cell in plan.cells],
        sorted(plan.refused),
        [metric.card.name for metric in plan.request.metrics],
        plan.scored,
    ]
    return comparison_folder(plan.request.output, identity)


def end(comparison: Comparison, folder: Path, *, as_json: bool) -> None:
    """Writes the comparison, shows it, and exits with 3 where a cell has no result."""
    from vlitqa.cli.comparison_tables import show_comparison
    from vlitqa.comparison.folder import write_comparison

    page, statistics = write_comparison(folder, comparison)
    if as_json:
        screen.show_json({"folder": str(folder), "comparison": comparison, "computed": statistics})
    else:
        show_comparison(comparison, statistics)
    screen.tell(f"Page: {page}")
    if any(figure.value is None for figure in comparison.figures):
        raise typer.Exit(PARTIAL)
