"""Opens the dataset of a finished run again, if it is still the same."""

from __future__ import annotations

from pathlib import Path

from vlitqa.containers.memory import IN_MEMORY
from vlitqa.containers.shards import names_shards
from vlitqa.errors import DatasetError
from vlitqa.reader import Dataset, Reading, open_dataset
from vlitqa.runs.finished import FinishedRun


def reopen_dataset(run: FinishedRun, moved_to: Path | None = None) -> Dataset:
    """Opens the dataset of a run; raises DatasetError if it is gone or has changed since it was scored."""
    if run.card.container == IN_MEMORY and moved_to is None:
        raise DatasetError(
            "The rows that were scored were in memory, and are in no file.",
            repair="Of a run that is still open, run.select(…).data holds rows; score a file to write subsets of it.",
        )
    reading = run.info.reading
    images, home = (Path(place) if place else None for place in (reading.images, reading.home))
    files = () if moved_to else tuple(map(Path, reading.files))
    path = moved_to or Path(run.card.dataset if files else run.info.dataset)
    if not files and not path.is_file() and not names_shards(path):
        raise DatasetError(f"There is no file {path}.", repair="Say where it is now: --dataset FILE.")
    dataset = open_dataset(path, Reading(reading.format, reading.mapping, images, home, files, reading.frames))
    if dataset.sha256 != run.card.sha256:
        raise DatasetError(f"{path} has changed since it was scored.", repair="Score it again.")
    return dataset
