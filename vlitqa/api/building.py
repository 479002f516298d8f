"""`vlitqa.build`: a dataset is built into a run folder, its rows first, then their scorecard and their page."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from reports.exports.dataset_card import update_card
from vlitqa.api.choices import engine_chooser, load_metrics
from vlitqa.api.messages import tell
from vlitqa.api.progress import progress, row_progress
from vlitqa.api.run import Run
from vlitqa.api.scoring import score_and_draw
from vlitqa.backends.chat.client import PATIENT
from vlitqa.construction.build_plan import BuildPlan, open_plan
from vlitqa.construction.building import BuildCrew, build_rows
from vlitqa.construction.recipe import read_recipe
from vlitqa.errors import UsageError
from vlitqa.reader import open_dataset
from vlitqa.runs.finished import open_run
from vlitqa.scoring.job import ScoreRequest
from vlitqa.scoring.score import RunPlace, ScoredDataset
from vlitqa.storage.places import cache_folder


def build(  # noqa: PLR0913 - one argument for each option of the command
    recipe: str | Path,
    *,
    writer: str = "",
    threads: int = PATIENT.threads,
    output: str | Path = "runs",
    engine: str = "auto",
    workers: int | None = None,
    quiet: bool = False,
) -> Run:
    """Build instruction data by a recipe and score it, as `vlitqa build` does."""
    plan = open_plan(read_recipe(Path(recipe)), writer, threads)
    place = RunPlace(
        Path(output).absolute(), cache_folder(), command=("vlitqa.build",), tell=(lambda _: None) if quiet else tell
    )
    crew = BuildCrew(
        place=place,
        choose=engine_chooser(engine, workers),
        watch_rows=(lambda *_: nullcontext(_ignore)) if quiet else row_progress,
        watch=(lambda _: nullcontext(_ignore)) if quiet else progress,
    )
    scored = build_and_score(plan, crew)
    return Run(open_run(scored.folder), scored.dataset)


def build_and_score(plan: BuildPlan, crew: BuildCrew) -> ScoredDataset:
    """Builds the rows of a plan into a folder, scores them there, and writes their card."""
    folder = build_rows(plan, crew)
    recipe = plan.file.recipe
    request = ScoreRequest(metrics=load_metrics(recipe.control.metrics, None, recipe.seed), seed=recipe.seed)
    place = replace(crew.place, folder=folder)
    (scored,) = score_and_draw([open_dataset(folder)], request, place, crew.choose, crew.watch)
    try:
        update_card(open_run(scored.folder))
    except UsageError as error:  # a user's own text is no reason to call a finished build none
        crew.place.tell(f"The card is left as it is. {error.message} {error.repair}")
    return scored


def _ignore(_done: int, _left_out: int, _share: float) -> None:
    """An observer for those who want none."""
