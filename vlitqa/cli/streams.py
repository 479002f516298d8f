"""Standard streams that are open and can write every letter, whatever a shell or a locale makes of them."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

from vlitqa.cli.exit_codes import CLOSED_OUTPUT

if TYPE_CHECKING:
    from collections.abc import Buffer  # type: ignore[attr-defined]


def prepare_streams() -> None:
    """Opens each closed stream on nothing; the others end the command when their reader goes away.

    Letters that an encoding lacks are written by their numbers.
    """
    for name in ("stdin", "stdout", "stderr"):  # in the order of their numbers: a new one takes the lowest
        stream = getattr(sys, name)
        if stream is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(nowhere, "r" if name == "stdin" else "w", errors="backslashreplace"))
        elif name != "stdin" and isinstance(stream, io.TextIOWrapper):
            setattr(sys, name, _ending_with_its_reader(stream))


class ReaderGone(SystemExit):
    """Raised where a command writes into a pipe that nobody reads any more, as behind `| head -1`.

    It is no OSError: whoever handles errors of files, as typer and rich do, would take it for one of its own.
    """


class _Output(io.FileIO):
    """The bytes of a standard stream; once its reader is gone, what follows goes nowhere."""

    def write(self, data: Buffer, /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            _send_nowhere(self.fileno())
            raise ReaderGone(CLOSED_OUTPUT) from None


def _ending_with_its_reader(stream: io.TextIOWrapper) -> io.TextIOWrapper:
    """Returns a stream to the same place, which can write all letters and raises ReaderGone at a closed pipe."""
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Output(stream.fileno(), "wb", closefd=False)),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def discard_output() -> None:
    """Sends what standard output still holds nowhere: it cannot be written, and Python would try again at its end."""
    _send_nowhere(sys.stdout.fileno())


def _send_nowhere(descriptor: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
