"""A dataset that changes while it is scored: the run says so and is not whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.given.rows import GOOD, written
from vlitqa.contracts import Observer
from vlitqa.engines.serial import SerialEngine
from vlitqa.errors import RunError
from vlitqa.metrics.statistics import Statistics
from vlitqa.reader import open_dataset
from vlitqa.runs.folder import INFO
from vlitqa.scoring.job import ScoreRequest
from vlitqa.scoring.score import RunPlace, score_datasets

ROWS = [{**GOOD, "id": str(number)} for number in range(500)]


def score_and(folder: Path, change: Callable[[Path], object]) -> Path:
    """Scores a dataset that changes while it is read; returns the run folder."""
    dataset = open_dataset(written(folder / "data.jsonl", *ROWS))
    assert dataset.sha256

    @contextmanager
    def watch(_name: str) -> Iterator[Observer]:
        change(dataset.path)
        yield lambda *_: None

    place = RunPlace(folder / "runs", folder / "cache", tell=lambda _: None)
    list(score_datasets([dataset], ScoreRequest(metrics=(Statistics(),)), place, lambda **_: SerialEngine(1), watch))
    (run,) = (folder / "runs").iterdir()
    return run


def append(path: Path) -> None:
    with path.open("a") as file:
        file.write('{"id": "late", "conversations": []}\n')


def overwrite(path: Path) -> None:
    with path.open("r+") as file:
        file.write('{"id":"X"')


@pytest.mark.parametrize("change", [append, overwrite, lambda path: os.truncate(path, 5_000)])
def test_a_dataset_that_changes_gives_no_whole_run(change: Callable[[Path], object], tmp_path: Path) -> None:
    with pytest.raises(RunError, match="changed while it was scored"):
        score_and(tmp_path, change)
    (run,) = (tmp_path / "runs").iterdir()
    assert not (run / INFO).exists()


@pytest.mark.parametrize("touch", [Path.touch, lambda path: path.chmod(0o600), Path.unlink])
def test_a_dataset_whose_bytes_stay_is_the_same(touch: Callable[[Path], object], tmp_path: Path) -> None:
    assert (score_and(tmp_path, touch) / INFO).is_file()
