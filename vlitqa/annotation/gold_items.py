"""Items whose quality is known, by which those who label are told from those who click."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from vlitqa.errors import UsageError
from vlitqa.results.annotation import Quality


class _GoldItem(Struct, frozen=True):
    id: str
    quality: Quality


def read_gold_items(path: Path) -> Mapping[str, str]:
    """The known quality of items, by their ids; raises UsageError for a file that is none."""
    decoder = msgspec.json.Decoder(_GoldItem)
    try:
        lines = [line for line in path.read_bytes().splitlines() if line.strip()]
        items = [decoder.decode(line) for line in lines]
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).", repair="Name a file: --gold FILE.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path} is no file of known items: {str(error)[:200]}.",
            repair='A line of it is such as {"id": "…", "quality": "poor"}.',
        ) from None
    return {item.id: item.quality for item in items}
