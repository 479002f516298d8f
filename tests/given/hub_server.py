"""A hub on this machine's loopback device: one dataset, as huggingface_hub asks for it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import unquote, urlsplit

COMMIT = "c0ffee" * 6 + "c0ff"


@dataclass
class Hub:
    """One dataset, and the files of it that were fetched."""

    repository: str
    files: Mapping[str, bytes]
    fetched: list[str] = field(default_factory=list)
    address: str = ""

    def answer(self, path: str) -> tuple[int, bytes, Mapping[str, str]]:
        """The status, the body and the headers of an answer."""
        about = f"/api/datasets/{self.repository}/"
        if path.startswith(f"{about}revision/"):
            if path.rpartition("/")[2] not in ("main", COMMIT):
                return 404, b"{}", {"X-Error-Code": "RevisionNotFound"}
            siblings = [{"rfilename": name} for name in self.files]
            return 200, json.dumps({"id": self.repository, "sha": COMMIT, "siblings": siblings}).encode(), {}
        if path.startswith(f"{about}tree/"):
            sizes = {name: len(data) for name, data in self.files.items()}
            entries = [{"type": "file", "path": name, "size": size, "oid": COMMIT} for name, size in sizes.items()]
            return 200, json.dumps(entries).encode(), {}
        name = path.removeprefix(f"/datasets/{self.repository}/resolve/{COMMIT}/")
        if name not in self.files:
            return 404, b"{}", {"X-Error-Code": "RepoNotFound"}
        etag = hashlib.sha256(self.files[name]).hexdigest()
        return 200, self.files[name], {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT}


@contextmanager
def serve_hub(hub: Hub) -> Iterator[Hub]:
    """Serves a hub meanwhile, under its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Says nothing."""

        def do_HEAD(self) -> None:
            self._send(with_body=False)

        def do_GET(self) -> None:
            self._send(with_body=True)

        def _send(self, *, with_body: bool) -> None:
            path = unquote(urlsplit(self.path).path)
            status, body, headers = hub.answer(path)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), "Content-Type": "text/plain", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if with_body:
                self.wfile.write(body)
                hub.fetched += [path.rpartition(f"{COMMIT}/")[2]] if "/resolve/" in path else []

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
