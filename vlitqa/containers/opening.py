"""Opens whatever holds rows: a file, several, a snapshot of the hub, standard input, or rows in memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vlitqa.containers import Container, detect_container
from vlitqa.containers.built import rows_of_build
from vlitqa.containers.hub_snapshot import find_in_cache
from vlitqa.containers.memory import IN_MEMORY, RowsInMemory
from vlitqa.containers.shards import ShardedSource, names_shards, open_shards
from vlitqa.containers.standard_input import STANDARD_INPUT, read_standard_input
from vlitqa.containers.stream import SourceFile
from vlitqa.containers.window import Accepts

RowSource = SourceFile | ShardedSource | RowsInMemory


def open_source(
    place: Path | RowsInMemory, accepts: Accepts, files: Sequence[Path] = ()
) -> tuple[RowSource, Container]:
    """Opens a place, or the files that are one dataset under its name; raises DatasetError for what holds no rows."""
    if isinstance(place, RowsInMemory):
        return place, Container(IN_MEMORY, lambda stream: stream.rows())
    place = rows_of_build(find_in_cache(place))
    if files or names_shards(place):
        return open_shards(place, accepts, files)
    source = read_standard_input() if place == STANDARD_INPUT else SourceFile(place)
    return source, detect_container(source, accepts)
