"""Holds ctrl-C and SIGTERM back while something is done that must not be left half done."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_HELD = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)


@contextmanager
def hold_signals() -> Iterator[None]:
    """Delivers the signals that come meanwhile afterwards; processes started meanwhile never hear them.

    A mask is inherited by those processes, but it holds for one thread alone, and libraries start others; so this
    process's handlers are put aside too.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread is ever interrupted
        return
    pending: list[int] = []
    handlers = {number: signal.getsignal(number) for number in _HELD}
    for number, handler in handlers.items():
        if callable(handler):
            signal.signal(number, lambda number, _frame: pending.append(number))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _HELD)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            if callable(handler):
                signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if pending:
            os.kill(os.getpid(), pending[0])
