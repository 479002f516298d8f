"""The endpoint as an ASGI application: its routes, who may ask, and how much may wait."""

from __future__ import annotations

import asyncio
import hmac
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reference_models.serving.completions import CompletionDesk, stream_chunks
from reference_models.serving.refusal import Refusal

ANSWERING = "answering"
"""The name of a thread in which the model answers."""
_MOST_REASONS = 50
CLOSED = {"Connection": "close"}
"""A connection serves one request, so that the time in which its head must come is bounded for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointLimits:
    """Bounds on what clients send, and on how many of them wait."""

    body_bytes: int = 64 << 20
    body_seconds: float = 30.0
    """Until the whole body of a request has come."""
    waiting: int = 16
    """Requests that wait while one is answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who may ask."""

    key: str = ""
    """The key that a client must send; empty for none."""
    hosts: Sequence[str] = ("127.0.0.1", "localhost", "[::1]")
    """Names under which it is asked: a page of another one, led here by its name server, is refused."""
    origins: Sequence[str] = ()
    """Pages that a browser lets ask."""


def build_endpoint(
    desk: CompletionDesk, access: Access, limits: EndpointLimits, tell: Callable[[str], None]
) -> Starlette:
    """The application with its routes, which answers one request at a time and lets some wait; tells its failures."""
    routes = _Routes(desk, access, limits, tell)
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=list(access.hosts), www_redirect=False)
    pages = Middleware(CORSMiddleware, allow_origins=list(access.origins), allow_methods=["*"], allow_headers=["*"])
    return Starlette(
        routes=[
            Route("/v1/chat/completions", routes.complete, methods=["POST"]),
            Route("/v1/models", routes.models),
            Route("/health", routes.health),
        ],
        middleware=[Middleware(_Closing), hosts, pages],
        exception_handlers={Refusal: routes.refuse, HTTPException: _unknown_route, Exception: routes.fail},
    )


class _Closing:
    """Closes the connection behind every response, whoever wrote it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_and_close(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(CLOSED)
            await send(message)

        await self._app(scope, receive, send_and_close)


class _Routes:
    """The answers of each route."""

    def __init__(
        self, desk: CompletionDesk, access: Access, limits: EndpointLimits, tell: Callable[[str], None]
    ) -> None:
        self._desk, self._access, self._limits, self._tell = desk, access, limits, tell
        self._queue = _Queue(desk, limits)
        self._reasons = set[str]()
        """The reasons of refusals that were told already."""

    async def complete(self, request: Request) -> Response:
        """A chat completion, whole or in pieces."""
        _refuse_strangers(request, self._access)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Refusal("The content type must be application/json.", status=415)
        completion, streams = await self._queue.complete(await _read_body(request, self._limits), request)
        if streams:
            return StreamingResponse(_events(completion), media_type="text/event-stream", headers=CLOSED)
        return _json(completion)

    async def models(self, request: Request) -> Response:
        """The one model that is served."""
        _refuse_strangers(request, self._access)
        model = {"id": self._desk.name, "object": "model", "created": self._desk.opened, "owned_by": "vlitqa"}
        return _json({"object": "list", "data": [model]})

    async def health(self, _request: Request) -> Response:
        """A sign of life."""
        return _json({"status": "ok"})

    async def refuse(self, _request: Request, refusal: Exception) -> Response:
        """A client is told why; here each reason is told once, because some clients never read it."""
        assert isinstance(refusal, Refusal), "no other exception is handled here"
        if refusal.message not in self._reasons and len(self._reasons) < _MOST_REASONS:
            self._reasons.add(refusal.message)
            self._tell(f"Refused with status {refusal.status}: {refusal.message}")
        response = _json(refusal.body(), refusal.status)
        if refusal.status == HTTPStatus.TOO_MANY_REQUESTS:
            response.headers["Retry-After"] = "1"
        return response

    async def fail(self, _request: Request, error: Exception) -> Response:
        """A client is told the kind of a fault, and not its words, which could hold anything."""
        if not isinstance(error, ClientDisconnect):
            self._tell(f"A request failed: {type(error).__name__}: {error}")
        refusal = Refusal(f"The model failed ({type(error).__name__}).", status=500, code="server_error")
        return _json(refusal.body(), 500)


class _Queue:
    """Requests that wait for the model, which answers in a thread of its own."""

    def __init__(self, desk: CompletionDesk, limits: EndpointLimits) -> None:
        self._desk, self._limits = desk, limits
        self._model_is_free = threading.Lock()
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def complete(self, body: bytes, request: Request) -> tuple[dict[str, Any], bool]:
        """Waits for its turn and answers; a client that has left is not answered."""
        if self._waiting > self._limits.waiting:
            raise Refusal("Too many requests wait already.", status=429, code="rate_limit_exceeded")
        self._waiting += 1
        try:
            async with self._turn:
                if await request.is_disconnected():
                    raise ClientDisconnect
                return await self._answer(body)
        finally:
            self._waiting -= 1

    def _answer(self, body: bytes) -> asyncio.Future[tuple[dict[str, Any], bool]]:
        """Answers in a thread that does not hold up the end of the process."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[tuple[dict[str, Any], bool]] = loop.create_future()

        def settle(set_outcome: Callable[[Any], None], outcome: object) -> None:
            with suppress(RuntimeError):  # the server has ended
                loop.call_soon_threadsafe(lambda: None if answer.done() else set_outcome(outcome))

        def work() -> None:
            try:
                with self._model_is_free:
                    completion = self._desk.complete(body)
            except BaseException as error:  # noqa: BLE001 - whatever ends it is raised where it is waited for
                settle(answer.set_exception, error)
            else:
                settle(answer.set_result, completion)

        threading.Thread(target=work, name=ANSWERING, daemon=True).start()
        return answer


def _refuse_strangers(request: Request, access: Access) -> None:
    scheme, _, sent = request.headers.get("authorization", "").partition(" ")
    is_key = scheme.lower() == "bearer" and hmac.compare_digest(sent.strip().encode(), access.key.encode())
    if access.key and not is_key:
        raise Refusal("The key is missing or wrong.", status=401, code="invalid_api_key")


async def _read_body(request: Request, limits: EndpointLimits) -> bytes:
    """Reads the body of a request; never more of it than is allowed, and never for longer."""
    too_large = Refusal(f"The body is over {limits.body_bytes:,} bytes.", status=413, code="request_too_large")
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > limits.body_bytes:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(limits.body_seconds):
            async for part in request.stream():
                body += part
                if len(body) > limits.body_bytes:
                    raise too_large
    except TimeoutError:
        message = f"The body did not come within {limits.body_seconds:g} seconds."
        raise Refusal(message, status=408, code="request_timeout") from None
    return bytes(body)


def _events(completion: Mapping[str, Any]) -> Iterator[bytes]:
    for chunk in stream_chunks(completion):
        yield b"data: " + orjson.dumps(chunk) + b"\n\n"
    yield b"data: [DONE]\n\n"


def _json(value: Mapping[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, CLOSED, "application/json")


async def _unknown_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException), "no other exception is handled here"
    message = f"There is no {request.method} {request.url.path} here."
    return _json(Refusal(message, status=error.status_code, code="not_found").body(), error.status_code)


def is_answering() -> bool:
    """True while the model writes an answer, perhaps one that nobody waits for any more."""
    return any(thread.name == ANSWERING for thread in threading.enumerate())
