"""The end of a command that an exception stops: a sentence and an exit code, never a traceback."""

from __future__ import annotations

import errno
import sys
import tempfile
import traceback
from collections.abc import Mapping

from vlitqa.cli.exit_codes import FAULT
from vlitqa.cli.screen import show_error, tell
from vlitqa.cli.streams import discard_output
from vlitqa.errors import DiskFull, RunError, UsageError, VlitqaError
from vlitqa.storage.error_numbers import FULL_DISK, TOO_MANY_FILES

_REPAIRS: Mapping[int, str] = {
    errno.ENAMETOOLONG: "Shorten it: most systems allow a name 255 bytes and a path 4,096.",
    errno.ELOOP: "Name the file that the links should lead to.",
    errno.EACCES: "Check its permissions.",
    errno.EPERM: "Check its permissions.",
    errno.EROFS: "Name a place that can be written.",
    errno.EIO: "Check the disk, or copy the file to another one.",
}
"""By the number of an error of the system: what a user can do about a file."""
_REASON_LETTERS = 300
"""Letters that are shown of the text of an exception: it may quote the data."""


def end_command(error: Exception) -> int:
    """Says on standard error why a command ended, and returns its exit code."""
    repairable = _as_repairable(error)
    if repairable is None:
        return _report_fault(error)
    show_error(repairable)
    return repairable.exit_code


def _as_repairable(error: Exception) -> VlitqaError | None:
    """Returns the error as one that a user can repair; None for a fault of vlitqa."""
    if isinstance(error, VlitqaError):
        return error
    if isinstance(error, MemoryError):
        return RunError("The memory is used up.", repair="Use fewer --workers, or --engine serial, or --limit.")
    if not isinstance(error, OSError):
        return None
    if error.errno in FULL_DISK:
        if error.filename is None:
            discard_output()
        target = error.filename or "Standard output"
        return DiskFull(
            f"{target} cannot be written ({error.strerror}).", repair="Free some space, or write elsewhere."
        )
    if error.errno in TOO_MANY_FILES:
        return RunError(
            f"Too many files are open ({error.strerror}).",
            repair="Allow more: `ulimit -n 1024` in the shell, or use fewer --workers.",
        )
    repair = _REPAIRS.get(error.errno or 0)
    return UsageError(f"{error.filename}: {error.strerror}.", repair=repair) if repair and error.filename else None


def _report_fault(error: Exception) -> int:
    """Says that vlitqa is at fault, in which command, and where the traceback is."""
    command = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    reason = "".join(traceback.format_exception_only(error)).strip()[:_REASON_LETTERS]
    tell(f"Error: this is a fault of vlitqa, in the command {command}: {reason}")
    tell(f"{_keep_traceback(error)} Please report it; what was measured is in the cache.")
    return FAULT


def _keep_traceback(error: Exception) -> str:
    """Writes a traceback into a file that only this user can read; returns a sentence that says where it is."""
    text = "".join(traceback.format_exception(error))
    try:
        handle, path = tempfile.mkstemp(prefix="vlitqa-fault-", suffix=".txt")
        with open(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as refused:
        return f"Its traceback could not be kept ({refused.strerror})."
    return f"Its traceback is in {path}."
