"""The loop of one worker process: take a lease, do it, answer, and beat meanwhile."""

from __future__ import annotations

import signal
import threading
from multiprocessing.connection import Connection
from typing import Any

from vlitqa.contracts import Work

READY, BEAT, DONE = "ready", "beat", "done"
BEAT_SECONDS = 2.0


def serve(connection: Connection[Any, Any], work: Work) -> None:
    """Answers leases until the supervisor closes the connection or dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the supervisor decides when to stop
    speaking = threading.Lock()
    stopped = threading.Event()

    def beat() -> None:
        while not stopped.wait(BEAT_SECONDS):
            _say(connection, speaking, (BEAT, None))

    threading.Thread(target=beat, daemon=True).start()
    _say(connection, speaking, (READY, None))
    try:
        while True:
            tasks = connection.recv()
            _say(connection, speaking, (DONE, work(tasks)))
    except (EOFError, OSError):
        stopped.set()


def _say(connection: Connection[Any, Any], speaking: threading.Lock, message: tuple[str, object]) -> None:
    with speaking:
        try:
            connection.send(message)
        except OSError:
            return
