"""The page answers nobody but those with a link, by its own name, from its own page, in small pieces."""

from __future__ import annotations

import http.client
import json
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.given.annotation_pages import AnnotationServer, write_dialogues
from tests.given.run_cli import vlitqa

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnnotationServer]:
    folder = tmp_path_factory.mktemp("page")
    (folder / "secret.png").write_bytes(b"secret")
    with AnnotationServer(write_dialogues(folder, 3), "--annotators", "anna,ben") as running:
        yield running
        (store,) = folder.rglob("annotations.sqlite")
        assert stat.S_IMODE(store.stat().st_mode) == 0o600  # the links lie in it


def _ask(
    server: AnnotationServer, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> tuple[int, Mapping[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request(method, path, body or None, {**(headers or {})})
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, {name.lower(): value for name, value in response.getheaders()}, content


def _root(server: AnnotationServer, name: str = "anna") -> str:
    return server.links[name].removeprefix(server.address)


def _save(server: AnnotationServer, **changes: object) -> bytes:
    view = json.loads(_ask(server, "GET", f"{_root(server)}item")[2])
    request = {"item": view["item"], "digest": view["digest"], "revision": view["state"]["revision"], "kind": "label"}
    return json.dumps({**request, "label": {"quality": "excellent"}, **changes}).encode()


def _headers(server: AnnotationServer, **changes: str) -> dict[str, str]:
    return {
        "Origin": server.address,
        "Content-Type": "application/json",
        **{k.replace("_", "-"): v for k, v in changes.items()},
    }


def test_everything_that_leaves_is_guarded(server: AnnotationServer) -> None:
    for path in ("", "page.js", "page.css", "guide", "item"):
        status, headers, _ = _ask(server, "GET", f"{_root(server)}{path}")
        assert status == 200
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers


def test_a_link_that_is_nobodys_leads_nowhere(server: AnnotationServer) -> None:
    for path in ("/", "/a/", "/a/x/", "/a/x/item", f"{_root(server)[:-2]}x/item", f"{_root(server)}other.js"):
        assert _ask(server, "GET", path)[0] == 404, path


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:{port}"])
def test_another_name_of_this_machine_is_refused(server: AnnotationServer, host: str) -> None:
    headers = {"Host": host.format(port=server.port)}
    assert _ask(server, "GET", f"{_root(server)}item", headers=headers)[0] == 403
    assert _ask(server, "GET", f"{_root(server)}item", headers={"Host": f"localhost:{server.port}"})[0] == 200


@pytest.mark.parametrize(
    "origin", ["", "http://evil.example", "null", "https://127.0.0.1:{port}", "http://127.0.0.1:1"]
)
def test_another_page_cannot_save(server: AnnotationServer, origin: str) -> None:
    headers = _headers(server, Origin=origin.format(port=server.port))
    if not origin:
        del headers["Origin"]
    assert _ask(server, "POST", f"{_root(server)}save", _save(server), headers)[0] == 403


def test_what_is_saved_is_json_and_small(server: AnnotationServer) -> None:
    path = f"{_root(server)}save"
    assert _ask(server, "POST", path, _save(server), _headers(server, Content_Type="text/plain"))[0] == 415
    assert _ask(server, "POST", path, b" " * 300_000, _headers(server))[0] == 413
    for body in (b"", b"{", b"[]", b'{"item": 1}', _save(server, kind="drop"), _save(server, more=1)):
        status, _, content = _ask(server, "POST", path, body, _headers(server))
        assert (status, "error" in json.loads(content)) == (400, True), body


@pytest.mark.parametrize(
    "changes",
    [
        {"item": "row-99"},
        {"digest": "0"},
        {"label": None},
        {"label": {"quality": "good"}},
        {"label": {"quality": "poor", "turn": 9}},
        {"label": {"quality": "poor", "note": "x" * 30_000}},
        {"label": {"quality": "poor", "edited": [{"role": "user", "parts": [{"picture": 7}]}]}},
    ],
)
def test_a_label_that_does_not_fit_is_refused_with_a_sentence(
    server: AnnotationServer, changes: dict[str, object]
) -> None:
    status, _, content = _ask(server, "POST", f"{_root(server)}save", _save(server, **changes), _headers(server))
    assert status == 400
    assert json.loads(content)["error"]


def test_pictures_are_reached_by_their_digest_alone(server: AnnotationServer) -> None:
    view = json.loads(_ask(server, "GET", f"{_root(server)}item")[2])
    status, headers, content = _ask(server, "GET", f"{_root(server)}picture/{view['pictures'][0]}")
    assert (status, headers["content-type"], content[:4]) == (200, "image/png", b"\x89PNG")
    for name in ("../secret.png", "%2e%2e%2fsecret.png", "secret.png", "/etc/passwd", "0.png", "0" * 32):
        assert _ask(server, "GET", f"{_root(server)}picture/{name}")[0] == 404, name


def test_nobody_sees_anothers_label(server: AnnotationServer) -> None:
    saved = _save(server, label={"quality": "poor", "cause": "format", "note": "anna's secret"})
    assert _ask(server, "POST", f"{_root(server)}save", saved, _headers(server))[0] == 200
    for position in range(3):
        assert b"secret" not in _ask(server, "GET", f"{_root(server, 'ben')}item/{position}")[2]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--annotators", "anna,anna"), "Two people cannot both be called 'anna'"),
        (("--annotators", "anna,"), "holds a name that is none"),
        (("--annotators", "adjudicator"), "cannot both be called 'adjudicator'"),
        (("--export", "x.csv", "--as", "excel"), "--as 'excel' is no form of an export"),
        (("--report", "--gold", "gone.jsonl"), "gone.jsonl cannot be read"),
    ],
)
def test_a_wrong_command_is_refused_with_a_sentence(tmp_path: Path, options: tuple[str, ...], sentence: str) -> None:
    done = vlitqa("annotate", write_dialogues(tmp_path, 2), *options, cwd=tmp_path)
    assert done.returncode == 2
    assert sentence in " ".join(done.stderr.split())
