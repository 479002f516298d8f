"""Every error a user can cause and repair.

VlitqaError                 exit code 2 unless it says otherwise; its sentences name the fault, the place and the repair
├─ UsageError               a name, an option or an expression that means nothing here
├─ DatasetError             a whole file that cannot be read
│  ├─ WrongEncoding         its text is not UTF-8
│  └─ UnknownFormat         its rows are no instruction data, or need a mapping
├─ CutOff                   a file ends before its content does; the rows before the cut are kept
├─ ToolMissing              a tool that a metric needs is not installed; the metric is not measured, and says why
├─ RejectedRecord           one row that cannot be read; its neighbours are untouched
├─ ImageFault               one image that cannot be used; its record is still read
│  └─ RecordingFault           one video or sound that cannot be used
└─ RunError                 a run that cannot go on, and loses nothing
   ├─ FolderBusy            another run writes into the same folder
   ├─ FolderNotWritable     the output folder refuses to be written
   ├─ FolderIncomplete      the folder holds no finished run
   └─ DiskFull              no space is left
"""

from __future__ import annotations


class VlitqaError(Exception):
    """An error that a user can repair: what is wrong, and the repair."""

    exit_code = 2

    def __init__(self, message: str, *, repair: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.repair = repair
        if repair:
            self.add_note(repair)  # a traceback ends in it, as in a notebook

    @property
    def clause(self) -> str:
        """The message without its full stop, as a part of another sentence."""
        return self.message.rstrip(".")


class UsageError(VlitqaError):
    """A name, an option or an expression that means nothing here."""


class DatasetError(VlitqaError):
    """A whole file that cannot be read."""

    code = "unreadable"


class WrongEncoding(DatasetError):
    """The text of a file is not UTF-8."""

    code = "wrong_encoding"


class UnknownFormat(DatasetError):
    """The rows of a file are no instruction data, or need a mapping."""

    code = "unknown_format"


class CutOff(VlitqaError):
    """A file ends before its content does."""


class ToolMissing(VlitqaError):
    """A tool that a metric needs is not installed."""


class RejectedRecord(VlitqaError):
    """One row that cannot be read: its code, its field and the reason."""

    def __init__(self, code: str, reason: str, *, field: str = "", line: int = 0) -> None:
        where = f"line {line}: " if line else ""
        super().__init__(f"{where}{field + ': ' if field else ''}{reason}")
        self.code = code
        self.reason = reason
        self.field = field
        self.line = line


class ImageFault(VlitqaError):
    """One image that cannot be used: its code and the reason."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason

    def __reduce__(self) -> tuple[type[ImageFault], tuple[str, str]]:
        return type(self), (self.code, self.reason)


class RecordingFault(ImageFault):
    """One video or sound that cannot be used."""


class RunError(VlitqaError):
    """A run that cannot go on, and loses nothing."""


class FolderBusy(RunError):
    """Another run writes into the same folder."""


class FolderNotWritable(RunError):
    """The output folder refuses to be written."""


class FolderIncomplete(RunError):
    """The folder holds no finished run."""


class DiskFull(RunError):
    """No space is left on a device that the run writes to."""

    exit_code = 3
