"""The loop of one worker process: take a lease, do it, answer, and beat meanwhile."""

from __future__ import annotations

import os
import threading
from multiprocessing.connection import Connection
from typing import Any

from vlitqa.contracts import Work
from vlitqa.errors import RunError

READY, BEAT, DONE, STOP = "ready", "beat", "done", "stop"
BEAT_SECONDS = 2.0


def serve(connection: Connection[Any, Any], work: Work) -> None:
    """Answers leases until the supervisor closes the connection or dies."""
    speaking = threading.Lock()
    stopped = threading.Event()

    def beat() -> None:
        while not stopped.wait(BEAT_SECONDS):
            if not _say(connection, speaking, (BEAT, None)):
                os._exit(1)  # the supervisor is gone: nobody waits for work that may never end

    threading.Thread(target=beat, daemon=True).start()
    _say(connection, speaking, (READY, None))
    while True:
        try:
            tasks = connection.recv()
        except (EOFError, OSError):
            stopped.set()
            return
        try:
            _say(connection, speaking, (DONE, work(tasks)))
        except RunError as error:
            _say(connection, speaking, (STOP, error))


def _say(connection: Connection[Any, Any], speaking: threading.Lock, message: tuple[str, object]) -> bool:
    """Whether the message could be sent."""
    with speaking:
        try:
            connection.send(message)
        except OSError:
            return False
        return True
