"""Builds a dataset into a run folder: its rows, then their scorecard and their page."""

from __future__ import annotations

from dataclasses import replace

from vlitqa.api.choices import load_metrics
from vlitqa.api.scoring import score_and_draw
from vlitqa.construction.build_plan import BuildPlan
from vlitqa.construction.building import BuildCrew, build_rows
from vlitqa.reader import open_dataset
from vlitqa.scoring.job import ScoreRequest
from vlitqa.scoring.score import ScoredDataset


def build_and_score(plan: BuildPlan, crew: BuildCrew) -> ScoredDataset:
    """Builds the rows of a plan into a folder, and scores them there."""
    folder = build_rows(plan, crew)
    recipe = plan.file.recipe
    request = ScoreRequest(metrics=load_metrics(recipe.control.metrics, None, recipe.seed), seed=recipe.seed)
    place = replace(crew.place, folder=folder)
    (scored,) = score_and_draw([open_dataset(folder)], request, place, crew.choose, crew.watch)
    return scored
