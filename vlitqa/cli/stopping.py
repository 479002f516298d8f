"""How a command hears ctrl-C and a scheduler's SIGTERM, and stops on either in the same way."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import orjson  # noqa: F401 - a signal that meets this import crashes its native code, so it comes first

INTERRUPTED = 130
_AGAIN = 0.01
"""Seconds until what could not be raised is raised elsewhere."""


class Stopped(KeyboardInterrupt):
    """Raised where the program stands when it is told to stop.

    The interpreter remembers a plain KeyboardInterrupt that passes through `exec`, as it does in half of all imports,
    and then ends by the signal instead of by its exit code.
    """


@contextmanager
def stoppable() -> Iterator[None]:
    """Meanwhile SIGTERM raises Stopped, and ctrl-C too unless it is ignored, as in the background of a shell."""
    signal.signal(signal.SIGALRM, _stop)
    signal.signal(signal.SIGTERM, _stop)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _stop)
    sys.unraisablehook = _unraisable
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, signal.SIG_IGN)  # an alarm under way must not kill what has ended


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


def _unraisable(lost: sys.UnraisableHookArgs) -> None:
    """Lets it be raised a moment later where nothing could be raised, as while an object is taken away."""
    if lost.exc_type is Stopped:
        signal.setitimer(signal.ITIMER_REAL, _AGAIN)
    else:
        sys.__unraisablehook__(lost)
