"""Reads the file in which a user lists the tools that a model may call."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from reference_models.serving.tool_calls import OfferedTool
from vlitqa.errors import UsageError

_LARGEST_FILE = 65_536
"""Bytes: more would fill the context of any model."""
_NAME = re.compile(r"[\w.-]{1,64}", re.ASCII)


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    description: str


def read_tool_file(path: Path) -> tuple[OfferedTool, ...]:
    """The tools of a JSON list of objects with name and description; raises UsageError for anything else."""
    repair = 'Write a list such as [{"name": "detect", "description": "finds a thing by its name"}].'
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
        entries = [] if len(content) > _LARGEST_FILE else msgspec.json.decode(content, type=list[_Entry])
    except (OSError, ValueError, RecursionError) as error:  # also what is no JSON, no UTF-8 and no list of tools
        raise UsageError(f"--tools {path} cannot be read ({error}).", repair=repair) from None
    if len(content) > _LARGEST_FILE:
        raise UsageError(f"--tools {path} has more than {_LARGEST_FILE:,} bytes.", repair="Leave tools out.")
    names = [entry.name for entry in entries]
    wrong = next((name for name in names if not _NAME.fullmatch(name) or names.count(name) > 1), None)
    if wrong is not None:
        message = f"--tools {path} names a tool {wrong!r}, which is no plain name of one tool alone."
        raise UsageError(message, repair="Give each a name of its own, of letters, digits, dots and lines.")
    if not entries or not all(entry.description.strip() for entry in entries):
        raise UsageError(f"--tools {path} lists no tool, or one without a description.", repair=repair)
    return tuple(OfferedTool(entry.name, entry.description) for entry in entries)
