"""Stops a command in the same way on ctrl-C and on a scheduler's SIGTERM."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import orjson  # noqa: F401 - a signal that meets this import crashes its native code, so it comes first

INTERRUPTED = 130
"""The exit code of a command that was stopped."""
_RETRY_SECONDS = 0.01
"""Time until an error that could not be raised is raised elsewhere."""


class Stopped(KeyboardInterrupt):
    """Raised wherever the program is when it is told to stop.

    The interpreter remembers a plain KeyboardInterrupt that passes through `exec`, as it does in half of all imports,
    and then ends by the signal instead of by its exit code.
    """


@contextmanager
def stoppable() -> Iterator[None]:
    """Lets SIGTERM raise Stopped meanwhile, and ctrl-C too unless it is ignored, as in the background of a shell."""
    signal.signal(signal.SIGALRM, _stop)
    signal.signal(signal.SIGTERM, _stop)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _stop)
    sys.unraisablehook = _raise_later
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, signal.SIG_IGN)  # an alarm under way must not kill what has ended


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


def _raise_later(unraisable: sys.UnraisableHookArgs) -> None:
    """Raises Stopped a moment later where nothing can be raised, as while an object is deleted."""
    if unraisable.exc_type is Stopped:
        signal.setitimer(signal.ITIMER_REAL, _RETRY_SECONDS)
    else:
        sys.__unraisablehook__(unraisable)
