"""The loop of one worker process: take a lease, do it, answer, and send heartbeats meanwhile."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection

from vlitqa.contracts import Task, Work
from vlitqa.errors import RunError

READY, HEARTBEAT, OUTCOMES, RUN_ERROR = "ready", "heartbeat", "outcomes", "run error"
HEARTBEAT_SECONDS = 2.0
_Message = tuple[str, object]
"""One of the kinds above, and the outcomes or the error that belong to it."""


def serve(connection: Connection[_Message, Sequence[Task]], work: Work) -> None:
    """Answers leases until the supervisor closes the connection or dies."""
    lock = threading.Lock()
    stopped = threading.Event()

    def beat() -> None:
        while not stopped.wait(HEARTBEAT_SECONDS):
            if not _send(connection, lock, (HEARTBEAT, None)):
                os._exit(1)  # the supervisor is gone: nobody waits for work that may never end

    threading.Thread(target=beat, daemon=True).start()
    _send(connection, lock, (READY, None))
    while True:
        try:
            tasks = connection.recv()
        except (EOFError, OSError):
            stopped.set()
            return
        try:
            _send(connection, lock, (OUTCOMES, work(tasks)))
        except RunError as error:
            _send(connection, lock, (RUN_ERROR, error))


def _send(connection: Connection[_Message, Sequence[Task]], lock: threading.Lock, message: _Message) -> bool:
    """Sends a message; False if nobody can hear it."""
    with lock:
        try:
            connection.send(message)
        except OSError:
            return False
        return True
