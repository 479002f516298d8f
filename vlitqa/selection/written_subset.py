"""Some rows of a dataset, written as a dataset of the same kind: a file, or a folder of shards."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from pathlib import Path

from vlitqa.containers.memory import RowsInMemory
from vlitqa.containers.shards import ShardedSource
from vlitqa.containers.subset import write_shards, write_subset
from vlitqa.errors import UsageError
from vlitqa.reader import Dataset
from vlitqa.storage.atomic import replacing, replacing_folder


@contextmanager
def writing_subset(dataset: Dataset, rows: AbstractSet[int], target: Path) -> Iterator[Path]:
    """Writes the rows of these numbers under a temporary name, and gives them the target's name in the end."""
    if isinstance(dataset.source, ShardedSource):
        with replacing_folder(target) as folder:
            write_shards(dataset.source, rows, folder)
            yield folder
        return
    if isinstance(dataset.source, RowsInMemory):
        raise UsageError(
            "The rows that were scored are in memory, and no file of them is written.",
            repair="`run.select(…).data` holds those that stay.",
        )
    with replacing(target) as file:
        write_subset(dataset.source, dataset.container, rows, file)
        file.flush()
        yield Path(file.name)


def name_of_subset(dataset: Dataset, stem: str) -> str:
    """A name with the endings of a dataset's file; a folder has none."""
    return stem if isinstance(dataset.source, ShardedSource) else f"{stem}{''.join(dataset.path.suffixes)}"
