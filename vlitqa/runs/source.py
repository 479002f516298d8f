"""The dataset that a run scored: found again where the run says it is, and only if it is still the same."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import orjson

from vlitqa.errors import DatasetError, RunError
from vlitqa.reader import Reading, file_digest
from vlitqa.runs.folder import INFO, read_scorecard


@dataclass(frozen=True, slots=True)
class RunSource:
    """A dataset, and how it was read when it was scored."""

    path: Path
    reading: Reading
    image_roots: tuple[Path, ...] = ()


def source_of(run: Path, named: Path | None = None) -> RunSource:
    """The dataset of a run, or of that name; raises where it is gone or is not the one that was scored."""
    try:
        info = orjson.loads((run / INFO).read_bytes())
        how = info["reading"]
        images = Path(how["images"]) if how.get("images") else None
        reading = Reading(how["format"], how["mapping"], images)
        roots = tuple(map(Path, how.get("image_roots", ())))
        source = named or Path(info["dataset"])
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise RunError(f"{run / INFO} cannot be read ({error}).", repair="Score the dataset again.") from None
    if not source.is_file():
        raise DatasetError(f"There is no file {source}.", repair="Say where it is now: --dataset FILE.")
    if file_digest(source) != read_scorecard(run).sha256:
        raise DatasetError(f"{source} has changed since it was scored.", repair="Score it again.")
    return RunSource(source, reading, roots)
