"""One part of a dataset that a user names: files as one, a configuration and a split, an entry of a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from vlitqa.containers.parts import Part
    from vlitqa.reader import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceChoices:
    """What a user says of the places of datasets."""

    name: str = ""
    """The name under which all files are one dataset."""
    config: str = ""
    split: str = ""
    fetch: bool = False
    """True to fetch a dataset of the hub that the cache lacks."""

    def apply(self, paths: Sequence[Path], reading: Reading) -> tuple[list[Path], Reading]:
        """The datasets to open, and how; raises UsageError and DatasetError for choices that lead to none."""
        from vlitqa.containers.hub_snapshot import fetch_snapshot
        from vlitqa.containers.parts import Part

        for path in paths if self.fetch else ():
            fetch_snapshot(path)
        part = Part(self.config, self.split)
        if part and (len(paths) > 1 or self.name):
            raise UsageError("--config and --split choose a part of one dataset.", repair="Name one dataset alone.")
        if part:
            chosen, reading = _choose_part(paths[0], part, reading)
            for path in chosen if self.fetch else ():
                fetch_snapshot(path)
            return chosen, reading
        return (list(paths), reading) if not self.name else _join(paths, self.name, reading)


def _join(paths: Sequence[Path], name: str, reading: Reading) -> tuple[list[Path], Reading]:
    """All files as one dataset of this name."""
    from vlitqa.containers.memory import path_of_name

    return [path_of_name(name)], replace(reading, files=tuple(paths))


def _choose_part(path: Path, part: Part, reading: Reading) -> tuple[list[Path], Reading]:
    from vlitqa.containers.hub_snapshot import find_in_cache, name_of_place
    from vlitqa.containers.listed import find_listed
    from vlitqa.containers.parts import files_of_part

    place = find_in_cache(path)
    if place.is_file():
        if not part.config or part.split:
            raise UsageError(f"{path} is a file, which has no splits.", repair="Leave --split out.")
        listed = find_listed(place, part.config)
        mapping = dict(listed.mapping) if not reading.mapping else reading.mapping
        return [listed.path], replace(reading, home=listed.images or reading.home, mapping=mapping)
    if not place.is_dir():
        raise UsageError(f"There is no folder {path}.", repair="--config and --split choose files of a folder.")
    name = "-".join(filter(None, (name_of_place(place.absolute()), part.config, part.split)))
    joined, reading = _join(files_of_part(place, part), name.replace("/", "-"), reading)
    return joined, replace(reading, home=reading.home or place.absolute())
