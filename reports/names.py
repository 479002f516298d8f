"""Names of datasets and runs that stand side by side: no two are the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vlitqa.runs.finished import FinishedRun

_MINUTE = len("2026-01-31T12:30")


def different_names(names: Sequence[str], *longer: Sequence[str]) -> list[str]:
    """Names of which no two are the same: those that several share are replaced by longer ones, at last by numbers."""
    numbered = [f"{name} ({number})" for number, name in enumerate(names, 1)]
    for candidates in longer:
        chosen = [longest if names.count(name) > 1 else name for name, longest in zip(names, candidates, strict=True)]
        if len(set(chosen)) == len(names):
            return chosen
    return [number if names.count(name) > 1 else name for name, number in zip(names, numbered, strict=True)]


def names_of_runs(runs: Sequence[FinishedRun]) -> list[str]:
    """The names of the datasets of runs, with the dataset's folder, the time or the run's folder where needed."""
    names = [run.name for run in runs]
    in_folders = [f"{Path(run.info.dataset).parent.name}/{run.name}" for run in runs]
    with_time = [f"{run.name}, {run.info.started[:_MINUTE].replace('T', ' ')}" for run in runs]
    with_run = [f"{run.name} ({run.folder.name})" for run in runs]
    return different_names(names, in_folders, with_time, with_run)
