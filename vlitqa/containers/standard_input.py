"""Standard input as a file that can be read as often as wanted."""

from __future__ import annotations

import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

from vlitqa.containers.stream import SourceFile
from vlitqa.errors import DatasetError
from vlitqa.storage.atomic import disk_errors

STANDARD_INPUT = Path("-")
"""The name of a dataset that is piped in."""


@cache
def read_standard_input() -> SourceFile:
    """Keeps all of standard input in a temporary file that has no name any more; raises DatasetError for a terminal."""
    if sys.stdin is None or sys.stdin.isatty():
        raise DatasetError(
            "- is standard input, and nothing is piped into it.", repair="Such as: zcat data.jsonl.gz | vlitqa check -"
        )
    with disk_errors(Path(tempfile.gettempdir())), tempfile.NamedTemporaryFile(prefix="vlitqa-") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
        file.flush()
        source = SourceFile(Path(file.name))  # which goes on reading it when the name is gone
    source.path = Path("stdin")
    return source
