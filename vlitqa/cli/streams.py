"""Standard streams that are open and can write every letter, whatever a shell or a locale makes of them."""

from __future__ import annotations

import io
import os
import sys


def prepare_streams() -> None:
    """Opens each closed stream on nothing, and writes letters that an encoding lacks by their numbers."""
    for name in ("stdin", "stdout", "stderr"):  # in the order of their numbers: a new one takes the lowest
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(nowhere, "r" if name == "stdin" else "w"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def discard_output() -> None:
    """Sends what standard output still holds nowhere: it cannot be written, and Python would try again at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
