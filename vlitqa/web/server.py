"""An application on a port: HTTP by uvicorn, with a bound on the time in which a client must begin to speak."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from vlitqa.errors import UsageError

_HEAD_SECONDS = 15.0
LOOPBACK = "127.0.0.1"
"""The address that only programs of this machine reach."""
_MOST_CONNECTIONS = 128
_LAST_SECONDS = 10
"""For answers under way, when the server is stopped."""


class _PromptProtocol(H11Protocol):
    """HTTP whose connections are closed if no whole head of a request comes in time."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begins to wait for the head of a request."""
        super().connection_made(transport)
        self.loop.call_later(_HEAD_SECONDS, self._close_if_silent)

    def _close_if_silent(self) -> None:
        if self.cycle is None and not self.transport.is_closing():
            self.transport.close()


def open_port(host: str, port: int) -> socket.socket:
    """Takes a port, a free one for 0; raises UsageError where that is not possible."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or error
        raise UsageError(
            f"Port {port} of {host} cannot be used ({reason}).", repair="Choose another: --port."
        ) from None
    return listener


class _PatientServer(uvicorn.Server):
    """A server that says what it waits for when it is stopped."""

    tell: Callable[[str], None] = staticmethod(lambda _: None)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begins to stop; at the second signal at once."""
        if not self.should_exit:
            self.tell(f"Stopping: answers under way have {_LAST_SECONDS} seconds. Ctrl-C again stops at once.")
        super().handle_exit(sig, frame)


def make_server(app: Starlette) -> uvicorn.Server:
    """A server of an application, which tells its failures itself."""
    return _PatientServer(
        uvicorn.Config(
            app,
            http=_PromptProtocol,
            ws="none",
            log_level="critical",
            access_log=False,
            server_header=False,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_graceful_shutdown=_LAST_SECONDS,
        )
    )


def run_server(app: Starlette, listener: socket.socket, url: str, tell: Callable[[str], None]) -> None:
    """Serves until the process is told to stop; tells where, and when it stops."""
    server = make_server(app)
    server.tell = tell  # type: ignore[attr-defined]
    listener.listen(server.config.backlog)
    tell(f"Serving at {url}; ctrl-C stops it.")
    server.run(sockets=[listener])
