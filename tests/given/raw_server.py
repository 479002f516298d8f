"""A server on loopback whose every byte a test chooses."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from tests.given.judge_server import completion

_LONGEST_REQUEST = 1 << 20


class RawServer:
    """Reads one request after another from each connection and lets a test reply. Use it in a with statement."""

    def __init__(self, reply: Callable[[RawConnection], None]) -> None:
        self.reply = reply
        self.closed = threading.Event()
        self.requests: list[bytes] = []
        self.connections: list[RawConnection] = []
        self._listener = socket.create_server(("127.0.0.1", 0))

    @property
    def url(self) -> str:
        """The address that a client is given."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"

    def __enter__(self) -> RawServer:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *problem: object) -> None:
        self.closed.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while not self.closed.is_set():
                connection = RawConnection(self, self._listener.accept()[0])
                self.connections.append(connection)
                threading.Thread(target=connection.serve, daemon=True).start()


class RawConnection:
    """One connection of a client."""

    def __init__(self, server: RawServer, opened: socket.socket) -> None:
        self.server, self._socket = server, opened
        self.is_over = threading.Event()
        """Set when the client has left, or the test is over."""

    def serve(self) -> None:
        with suppress(OSError), self._socket:
            while request := self._read_request():
                self.server.requests.append(request)
                self.server.reply(self)
        self.is_over.set()

    def send(self, data: bytes) -> None:
        """Sends these bytes."""
        self._socket.sendall(data)

    def drip(self, piece: bytes, pause: float = 0.05) -> None:
        """Sends a piece again and again until the client leaves or the test is over."""
        while not self.server.closed.wait(pause):
            self._socket.sendall(piece)

    def say(self, text: str, *headers: str) -> None:
        """Sends a chat completion with this text."""
        body = json.dumps(completion(text)).encode()
        lines = ("HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers)
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def _read_request(self) -> bytes:
        """Reads a request with its body; empty where the client has left."""
        request = b""
        while b"\r\n\r\n" not in request and len(request) < _LONGEST_REQUEST:
            if not (piece := self._socket.recv(65536)):
                return b""
            request += piece
        head, _, body = request.partition(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        missing = int(lengths[0].partition(b":")[2]) - len(body) if lengths else 0
        while missing > 0 and (piece := self._socket.recv(65536)):
            request, missing = request + piece, missing - len(piece)
        return request
