"""A real HTTP server on loopback that tests start and that stops by itself."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


class LoopbackServer:
    """A server with a handler of its own; use it in a with statement."""

    longest_life = 3600.0
    """Seconds; a server that a test forgot ends by itself."""

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        self._server = _Server(("127.0.0.1", 0), handler)
        self._server.played = self

    @property
    def url(self) -> str:
        """The address that a client of an OpenAI-compatible server is given."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self._end = threading.Timer(self.longest_life, self._server.shutdown)
        self._end.daemon = True
        self._end.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.cancel()
        self._server.shutdown()
        self._server.server_close()


class LoopbackHandler(BaseHTTPRequestHandler):
    """What handlers of such servers have in common."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, *arguments: object) -> None:
        """A test prints nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    played: LoopbackServer

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that leave or are killed are part of the play."""
