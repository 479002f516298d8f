"""`vlitqa chat --serve`: a model behind an OpenAI-compatible endpoint, on this machine alone unless told otherwise."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vlitqa.cli import screen
from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from reference_models.serving.endpoint import Access
    from vlitqa.contracts.models import ReferenceModel

KEY = "VLITQA_SERVE_KEY"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
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
    from reference_models.serving.endpoint import EndpointLimits, build_endpoint
    from reference_models.serving.server import open_port, run_server

    access = _access(listening)
    with open_port(listening.host, listening.port) as listener:
        model, shown_name = open_model()
        desk = CompletionDesk(model, name or shown_name)
        host = f"[{listening.host}]" if ":" in listening.host else listening.host
        url = f"http://{host}:{listener.getsockname()[1]}/v1"
        app = build_endpoint(desk, access, EndpointLimits(), screen.tell)
        try:
            run_server(app, listener, lambda: screen.tell(f"Serving {desk.name} at {url}; ctrl-C stops it."))
        except KeyboardInterrupt:
            screen.tell("Stopped.")


def _access(listening: Listening) -> Access:
    """Who may ask: on loopback all programs of this machine, elsewhere those that send the key."""
    from reference_models.serving.endpoint import Access

    key = os.environ.get(KEY, "").strip()
    is_local = listening.host in _LOOPBACK
    if not is_local and len(key) < _SHORTEST_KEY:
        raise UsageError(
            f"--host {listening.host} can be reached by others.",
            repair=f"Set {KEY} to a secret of {_SHORTEST_KEY} characters or more, which clients send as their API key.",
        )
    hosts = ("127.0.0.1", "localhost", "[::1]") if is_local else ("*",)
    return Access(key=key, hosts=hosts, origins=listening.origins)
