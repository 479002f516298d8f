"""The page as an ASGI application: who may ask, and how everything that leaves is guarded.

A link holds a secret of its own for each person. Host and Origin are checked, so that no page of the web can speak to
this one through a browser; nothing is loaded from elsewhere, and no script stands in the page itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from importlib.resources import files

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vlitqa.annotation.desk import AnnotationDesk, SaveRequest
from vlitqa.annotation.events import StaleRevision
from vlitqa.errors import UsageError
from vlitqa.results.annotation import CAUSES, CHARACTERISTICS, QUALITIES

_MOST_BYTES = 256 << 10
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_STATIC: Mapping[str, str] = {"page.js": "text/javascript", "page.css": "text/css", "icon.svg": "image/svg+xml"}


_Answer = Callable[[Request, str], Response]


class _Refused(Exception):
    """A request that is not answered."""

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


def make_application(desk: AnnotationDesk, hosts: Sequence[str]) -> Starlette:
    """The application of a desk; a request must name one of the hosts, such as `127.0.0.1:8321`."""
    counter = _Counter(desk, frozenset(hosts))
    guarded = {
        "/a/{token}/": counter.page,
        "/a/{token}/guide": counter.guide,
        "/a/{token}/item": counter.item,
        "/a/{token}/item/{position:int}": counter.item,
        "/a/{token}/picture/{digest}": counter.picture,
        "/a/{token}/{name}": counter.static,
    }
    routes = [Route("/a/{token}/save", counter.guarded(counter.save), methods=["POST"])]
    routes += [Route(path, counter.guarded(answer), methods=["GET"]) for path, answer in guarded.items()]
    return Starlette(routes=routes)


class _Counter:
    """Answers requests at a desk."""

    def __init__(self, desk: AnnotationDesk, hosts: frozenset[str]) -> None:
        self._desk, self._hosts = desk, hosts

    def guarded(self, answer: _Answer) -> Callable[[Request], Awaitable[Response]]:
        """The same answer, given only to whom the link belongs, and with headers that let nothing else in."""

        async def guard(request: Request) -> Response:
            try:
                name = self._name_of(request)
                request.state.body = await _body_of(request) if request.method == "POST" else b""
                response = await run_in_threadpool(answer, request, name)
            except _Refused as refused:
                response = _json({"error": refused.sentence}, refused.status)
            response.headers.update(_HEADERS)
            return response

        return guard

    def page(self, _request: Request, _name: str) -> Response:
        """The page itself, which holds no data."""
        return Response(_asset("page.html"), media_type="text/html")

    def static(self, request: Request, _name: str) -> Response:
        """Its script and its style."""
        name = request.path_params["name"]
        if name not in _STATIC:
            raise _Refused(HTTPStatus.NOT_FOUND, "There is no such page.")
        return Response(_asset(name), media_type=_STATIC[name])

    def guide(self, _request: Request, name: str) -> Response:
        """Who labels, and what the choices mean."""
        choices = {"qualities": QUALITIES, "characteristics": CHARACTERISTICS, "causes": CAUSES}
        return _json({"annotator": name, "dataset": self._desk.dataset.name, **choices})

    def item(self, request: Request, name: str) -> Response:
        """An item by its position, or the next open one; null where all are done."""
        return _json(self._desk.view(name, request.path_params.get("position")))

    def picture(self, request: Request, _name: str) -> Response:
        """A picture by its digest."""
        png = self._desk.picture(request.path_params["digest"])
        if png is None:
            raise _Refused(HTTPStatus.NOT_FOUND, "There is no such picture.")
        return Response(png, media_type="image/png")

    def save(self, request: Request, name: str) -> Response:
        """Saves what somebody did; where he saved from another window since, says what is there."""
        try:
            state = self._desk.save(name, msgspec.json.decode(request.state.body, type=SaveRequest))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _Refused(HTTPStatus.BAD_REQUEST, f"This is nothing to save: {error}.") from None
        except UsageError as error:
            raise _Refused(HTTPStatus.BAD_REQUEST, f"{error.message} {error.repair}".strip()) from None
        except StaleRevision as stale:
            return _json({"error": "This item was saved elsewhere since.", "state": stale.state}, HTTPStatus.CONFLICT)
        return _json(state)

    def _name_of(self, request: Request) -> str:
        """Whose request it is; refuses what comes by another name, from another page, or from nobody."""
        if request.headers.get("host", "") not in self._hosts:
            raise _Refused(HTTPStatus.FORBIDDEN, "This page is asked for by another name.")
        if request.method == "POST":
            self._check_post(request)
        name = self._desk.name_of(request.path_params["token"])
        if name is None:
            raise _Refused(HTTPStatus.NOT_FOUND, "This link belongs to nobody.")
        return name

    def _check_post(self, request: Request) -> None:
        origin = request.headers.get("origin", "")
        if origin not in {f"http://{host}" for host in self._hosts}:
            raise _Refused(HTTPStatus.FORBIDDEN, "This comes from another page.")
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            raise _Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "What is saved is JSON.")


async def _body_of(request: Request) -> bytes:
    """The body of a request, and never more of it than a label can have."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "This is too long to be saved.")
    return bytes(body)


def _asset(name: str) -> bytes:
    return files("vlitqa.annotation").joinpath("page", name).read_bytes()


def _json(value: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(msgspec.json.encode(value), status_code=status, media_type="application/json")
