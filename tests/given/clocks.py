"""Clocks that move when something happens: a test of a timeout then waits for nothing and trusts no machine's speed."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path

from tests.given.family import stopped
from tests.given.troubled_metrics import times_logged

Clock = Callable[[], float]
_JUMP = 100_000.0
"""Seconds that outlast every timeout."""


def clock_by_log(log: Path) -> Clock:
    """The time of this machine, and a jump ahead for every trouble in the log of a Troubled."""
    return lambda: time.monotonic() + _JUMP * times_logged(log)


def clock_by_stopped_workers() -> Clock:
    """The time of this machine, and a jump ahead at every look while one of our processes is stopped."""
    jumps = 0

    def now() -> float:
        nonlocal jumps
        jumps += bool(stopped(worker.pid or 0 for worker in multiprocessing.active_children()))
        return time.monotonic() + _JUMP * jumps

    return now


def standing_clock() -> float:
    """No time ever passes."""
    return 0.0
