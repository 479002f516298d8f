"""`vlitqa chat --serve`: a model behind an OpenAI-compatible endpoint, on this machine alone unless told otherwise."""

from __future__ import annotations

import ipaddress
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from vlitqa.cli import screen
from vlitqa.cli.exit_codes import DONE
from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from reference_models.serving.endpoint import Access
    from vlitqa.contracts.models import ReferenceModel

KEY = "VLITQA_SERVE_KEY"
_SHORTEST_KEY = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where the endpoint listens, and the pages whose scripts may ask it."""

    host: str
    port: int
    origins: tuple[str, ...] = ()


def serve_model(open_model: Callable[[], tuple[ReferenceModel, str]], name: str, listening: Listening) -> None:
    """Serves a model until it is stopped; its port is taken before minutes go into opening it."""
    from vlitqa.backends.model_files import require

    require("starlette", "uvicorn")
    from reference_models.serving.completions import CompletionDesk
    from reference_models.serving.endpoint import EndpointLimits, build_endpoint, is_answering
    from vlitqa.web.server import open_port, run_server

    access = _access(listening)
    with open_port(listening.host, listening.port) as listener:
        model, shown_name = open_model()
        desk = CompletionDesk(model, name or shown_name)
        host = f"[{listening.host}]" if ":" in listening.host else listening.host
        url = f"http://{host}:{listener.getsockname()[1]}/v1"
        app = build_endpoint(desk, access, EndpointLimits(), screen.tell)
        try:
            run_server(app, listener, f"{url} as {desk.name}", screen.tell)
        except KeyboardInterrupt:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # it has stopped: a second one would only change how it ends
            screen.tell("Stopped.")
    if is_answering():
        os._exit(DONE)  # torch would abort the process if it ended in the middle of an answer


def _access(listening: Listening) -> Access:
    """Who may ask: on loopback all programs of this machine, elsewhere those that send the key."""
    from reference_models.serving.endpoint import Access

    key, is_local = os.environ.get(KEY, "").strip(), _is_loopback(listening.host)
    repair = f"Set {KEY} to a secret of {_SHORTEST_KEY} ASCII characters or more, which clients send as their API key."
    if key and not (key.isascii() and key.isprintable() and " " not in key and len(key) >= _SHORTEST_KEY):
        raise UsageError(f"What {KEY} holds is no key.", repair=repair)
    if not is_local and not key:
        raise UsageError(f"--host {listening.host} can be reached by others.", repair=repair)
    hosts = ("127.0.0.1", "localhost", "[::1]", listening.host) if is_local else ("*",)
    return Access(key=key, hosts=hosts, origins=tuple(map(_origin, listening.origins)))


def _is_loopback(host: str) -> bool:
    """True for an address that this machine alone reaches."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _origin(page: str) -> str:
    """The origin of a page, as browsers send it."""
    parts = urlsplit(page)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path not in ("", "/"):
        raise UsageError(f"--allow-origin {page} names no page.", repair="Such as http://localhost:3000.")
    return f"{parts.scheme}://{parts.netloc}"
