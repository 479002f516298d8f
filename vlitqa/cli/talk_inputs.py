"""The commands of a talk, and how a user names a file of another modality and by how much it counts."""

from __future__ import annotations

import math

from vlitqa.errors import UsageError

COMMANDS = """\
/image PATH           shows a picture with the next question; several may be shown
/expert TEXT          puts what another tool says, such as the words of a sound, in front of the next question
/input MODALITY PATH  gives a sound, a film or the like to a model that knows them, for the whole conversation;
                      0.5*MODALITY lets it count half as much as a picture, -1*MODALITY takes it away
/new                  begins another conversation
/help                 shows these lines
/quit                 ends, as does the end of the input"""
NEEDED = {"/image": "a path", "/input": "a modality and a path", "/expert": "a text"}
"""What a command needs behind it."""


def input_command(text: str) -> str:
    """The command of a talk that gives an input; raises UsageError for what names none."""
    modality, separator, path = text.partition("=")
    if not (modality and separator and path):
        raise UsageError(f"--input {text} names no modality and file.", repair="Write --input audio=PATH.")
    return f"/input {modality} {path}"


def read_kind(text: str) -> tuple[float, str]:
    """The coefficient and the modality of an input; raises UsageError for a coefficient that is none."""
    coefficient, separator, modality = text.rpartition("*")
    try:
        number = float(coefficient) if separator else 1.0
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or number == 0:
        raise UsageError(f"{coefficient!r} is no coefficient.", repair="Write a number, as in 0.5*audio.")
    return number, modality
