"""The page on a port of this machine."""

from __future__ import annotations

import socket

import uvicorn

from vlitqa.annotation.application import make_application
from vlitqa.annotation.desk import AnnotationDesk
from vlitqa.errors import UsageError

LOOPBACK = "127.0.0.1"


def open_listener(host: str, port: int) -> socket.socket:
    """Takes a port, a free one for 0; raises UsageError where that is not possible."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)  # from now on nobody is turned away, though the page is not served yet
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or error
        raise UsageError(
            f"Port {port} of {host} cannot be used ({reason}).", repair="Choose another: --port."
        ) from None
    return listener


def hosts_of(host: str, port: int) -> list[str]:
    """The names under which a browser may ask."""
    return [f"{name}:{port}" for name in dict.fromkeys((host, *(("localhost",) if host == LOOPBACK else ())))]


def serve_page(desk: AnnotationDesk, listener: socket.socket) -> None:
    """Serves the page until it is stopped."""
    host, port = listener.getsockname()
    config = uvicorn.Config(
        make_application(desk, hosts_of(host, port)),
        ws="none",
        log_level="critical",
        access_log=False,
        server_header=False,
        limit_concurrency=64,
        timeout_graceful_shutdown=5,
    )
    uvicorn.Server(config).run(sockets=[listener])
