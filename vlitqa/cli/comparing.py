"""The steps of `vlitqa compare`: datasets are scored, cells are done, and all of it is shown."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from vlitqa.cli import screen
from vlitqa.cli.exit_codes import PARTIAL
from vlitqa.cli.stopping import INTERRUPTED
from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from vlitqa.comparison.crews import CellCrew
    from vlitqa.comparison.plan import ComparisonPlan, ComparisonRequest
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
    from vlitqa.api.comparing import carry_out, folder_of, tell_plan, with_versions
    from vlitqa.comparison.plan import plan_comparison

    plan, command = plan_comparison(request), ("vlitqa", *sys.argv[1:])
    tell_plan(plan)
    if terms.dry_run:
        show_costs(plan, terms.crew)
        if terms.rules:
            screen.show_text("and two versions of each dataset, whose sizes are known when its rows are scored")
        return
    try:
        plan = with_versions(plan, terms.rules, command) if terms.rules else plan
        comparison = carry_out(plan, terms.crew, command)
    except KeyboardInterrupt:
        screen.tell(f"Stopped; what was done is kept. Go on with: {shlex.join(command)}")
        raise typer.Exit(INTERRUPTED) from None
    end(comparison, folder_of(plan), as_json=terms.json)


def show_costs(plan: ComparisonPlan, crew: CellCrew) -> None:
    """Shows the memory and the time of the cells that are left, from one step of each model that is computed now."""
    from vlitqa.comparison.costs import costs_of

    for line in costs_of(plan, crew.workers):
        screen.show_text(line)


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


def end(comparison: Comparison, folder: Path, *, as_json: bool) -> None:
    """Writes the comparison, shows it, and exits with 3 where a cell has no result."""
    from vlitqa.cli.comparison_tables import show_comparison
    from vlitqa.comparison.folder import write_comparison
    from vlitqa.results.printed import ComparisonReport

    page, statistics = write_comparison(folder, comparison)
    if as_json:
        screen.show_json(ComparisonReport(str(folder), comparison, statistics))
    else:
        show_comparison(comparison, statistics)
    screen.tell(f"Page: {page}")
    if any(figure.value is None for figure in comparison.figures):
        raise typer.Exit(PARTIAL)
