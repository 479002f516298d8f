"""Calls that end on time, whatever their server sends.

The timeouts of a client count silence alone: a server that drips headers, interim responses or the borders of chunks
holds it for ever. So the caller waits outside, and at the deadline it shuts the sockets of the call.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

Result = TypeVar("Result")
_AT_ONCE = struct.pack("ii", 1, 0)
"""When it is closed, a socket is reset: a server that floods us would else keep it half open for a minute."""


class DeadlinePassed(Exception):
    """The deadline of a call passed before its end."""


class Connections:
    """Second handles of the sockets that one call opens: they shut a socket that its owner waits for."""

    def __init__(self) -> None:
        self._handles: list[socket.socket] = []
        self._lock = threading.Lock()
        self._are_shut = False

    def follow(self, event: str, details: Mapping[str, Any]) -> None:
        """Takes a handle of a socket when it is connected; an HTTP client takes this function as its trace."""
        if not event.endswith("connect_tcp.complete"):
            return
        handle = details["return_value"].get_extra_info("socket").dup()
        with self._lock:
            self._handles.append(handle)
            if self._are_shut:
                _shut(handle)

    def shut(self) -> None:
        """Ends the traffic of all sockets, also of those that are not connected yet."""
        with self._lock:
            self._are_shut = True
            for handle in self._handles:
                _shut(handle)

    def close(self) -> None:
        """Gives the handles back."""
        with self._lock:
            for handle in self._handles:
                handle.close()


_CONNECTIONS: ContextVar[Connections] = ContextVar("connections of the call in this thread")


def connections_of_this_call() -> Connections:
    """The connections of the call that runs in this thread."""
    return _CONNECTIONS.get()


def call_until(deadline: float, call: Callable[[], Result]) -> Result:
    """Returns what a call returns; raises DeadlinePassed at this moment of the monotonic clock, its sockets shut."""
    connections = Connections()
    outcomes: SimpleQueue[tuple[Result | None, BaseException | None]] = SimpleQueue()

    def run() -> None:
        _CONNECTIONS.set(connections)
        try:
            outcomes.put((call(), None))
        except BaseException as error:  # noqa: BLE001 - whatever ends the call is raised again in the caller's thread
            outcomes.put((None, error))
        finally:
            connections.close()

    threading.Thread(target=run, daemon=True).start()
    try:
        result, error = outcomes.get(timeout=max(deadline - time.monotonic(), 0.0))
    except Empty:
        connections.shut()
        raise DeadlinePassed from None
    if error is not None:
        raise error
    return result  # type: ignore[return-value]


def _shut(handle: socket.socket) -> None:
    with suppress(OSError):  # the server may have left, and a call that has ended has given its handles back
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        handle.shutdown(socket.SHUT_RDWR)
