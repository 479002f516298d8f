"""The folder of a build stands for the file of rows in it."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from vlitqa.errors import DatasetError

BUILD_INFO = "build.json"
"""The file that says what a build made; a folder with it is that of a build."""
ORIGINS = "origins.parquet"
"""The table that says of every draft where it comes from and what became of it."""
KEPT, DROPPED = "kept", "dropped"
"""The verdicts on drafts."""


class _BuildInfo(Struct):
    data: str


def rows_of_build(place: Path) -> Path:
    """The file of rows in the folder of a build; any other place as it is."""
    info = place / BUILD_INFO
    try:
        if not info.is_file():
            return place
        name = msgspec.json.decode(info.read_bytes(), type=_BuildInfo).data
    except OSError:
        return place  # whoever opens it says why it cannot be read
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DatasetError(f"{info} is damaged ({error}).", repair="Build it again.") from None
    if "/" in name or not (place / name).is_file():
        raise DatasetError(f"{place} lacks its rows, {name}.", repair="Build it again: `vlitqa build`.")
    return place / name
