"""Image names that lead out of the image root, to the network, or to what is no file: refused and never read."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import threading
from collections.abc import Iterable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.given.drawings import file_of, landscape
from tests.given.run_cli import LIGHT, check_json, vlitqa
from vlitqa.backends.image_folder import ImageFolder
from vlitqa.errors import ImageFault
from vlitqa.records import ImageRef

CANARY = "CANARY-4711-never-shown"
CONTROL = "CONTROL-0815-always-shown"
SECRET_IMAGE = file_of(landscape(99))


def write_rows(path: Path, images: Iterable[str | list[str]]) -> Path:
    """Rows in LLaVA's format that name these images."""
    with path.open("w") as file:
        for number, image in enumerate(images):
            placeholders = "<image>" * (len(image) if isinstance(image, list) else 1)
            messages = [
                {"from": "human", "value": f"{placeholders}\nWhat is {number}?"},
                {"from": "gpt", "value": "A thing."},
            ]
            print(json.dumps({"id": f"{CONTROL}-{number}", "image": image, "conversations": messages}), file=file)
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An image root beside secrets, with links that lead to them."""
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "secret.txt").write_text(CANARY)
    (secrets / "secret.png").write_bytes(SECRET_IMAGE)
    (tmp_path / "rooted").mkdir()
    (tmp_path / "rooted" / "secret.png").write_bytes(SECRET_IMAGE)
    root = tmp_path / "root"
    (root / "folder").mkdir(parents=True)
    (root / "good.png").write_bytes(file_of(landscape(1)))
    (root / "link.png").symlink_to(secrets / "secret.png")
    (root / "text.jpg").symlink_to(secrets / "secret.txt")
    (root / "away").symlink_to(secrets)
    (root / "inside.png").symlink_to("good.png")
    (root / "loop.png").symlink_to("loop.png")
    (root / "nothing.png").symlink_to("gone.png")
    (root / "zero.png").symlink_to("/dev/zero")
    (root / "environ.png").symlink_to("/proc/self/environ")
    os.mkfifo(root / "pipe.png")
    with (root / "sparse.png").open("wb") as file:
        file.truncate(1 << 40)
    return root


def escapes(root: Path) -> dict[str, str]:
    """Names and the code that each deserves."""
    secrets = root.parent / "secrets"
    return {
        "../secrets/secret.png": "image_outside_root",
        "../secrets/secret.txt": "image_outside_root",
        "../../../../../../etc/passwd": "image_outside_root",
        "folder/../../secrets/secret.png": "image_outside_root",
        "./../secrets/secret.png": "image_outside_root",
        "../rooted/secret.png": "image_outside_root",
        "away/../rooted/secret.png": "image_outside_root",
        f"{secrets}/secret.png": "image_outside_root",
        f"{root}/../secrets/secret.png": "image_outside_root",
        f"{root}/link.png": "image_outside_root",
        f"{root}/away/secret": "image_outside_root",
        f"{root}ed/secret.png": "image_outside_root",
        f"{root}/gone.png": "image_missing",
        "/etc/passwd": "image_outside_root",
        "/proc/self/environ": "image_outside_root",
        "link.png": "image_outside_root",
        "text.jpg": "image_outside_root",
        "away/secret.png": "image_outside_root",
        "away/secret": "image_outside_root",
        "zero.png": "image_outside_root",
        "environ.png": "image_outside_root",
        "good.png\0.jpg": "image_outside_root",
        "..%2fsecrets%2fsecret.png": "image_missing",
        "..\\secrets\\secret.png": "image_missing",
        "nothing.png": "image_missing",
        "good.png/more.png": "image_missing",
        "x" * 300 + ".png": "image_missing",
        "": "image_missing",
        "loop.png": "image_missing",
        "pipe.png": "image_not_regular",
        "folder": "image_not_regular",
        ".": "image_not_regular",
        "sparse.png": "image_too_large",
        "//etc/passwd": "image_remote",
        "file:///etc/passwd": "image_outside_root",
    }


def code_of(root: Path, name: str) -> str:
    """The code of the fault of an image name; `opened` where there is none."""
    try:
        ImageFolder((str(root),)).look(ImageRef(name), 256)
    except ImageFault as fault:
        return fault.code
    return "opened"


def everything_written(*places: Path) -> str:
    """The text of every file in some folders, tables unpacked."""
    pieces = []
    for path in (path for place in places for path in place.rglob("*") if path.is_file()):
        pieces.append(path.read_bytes().decode("latin-1"))
        if path.suffix == ".parquet":
            pieces.append(str(pq.read_table(path).to_pylist()))
    return "\n".join(pieces)


def test_every_escape_has_its_code(root: Path) -> None:
    expected = escapes(root)
    assert {name: code_of(root, name) for name in expected} == expected
    assert code_of(root, "good.png") == code_of(root, "inside.png") == "opened"


def test_an_absolute_name_is_opened_where_it_lies_inside_a_root(root: Path, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(root)
    for name in (f"{root}/good.png", f"{root}/good", f"{root}/folder/../inside.png", f"{tmp_path}/alias/good.png"):
        assert code_of(root, name) == "opened"
        assert ImageFolder((str(root),)).fingerprint(ImageRef(name)).endswith("-True")
    secret = root.parent / "secrets" / "secret.png"
    both = ImageFolder((str(root), str(secret.parent)))
    assert both.look(ImageRef(str(secret)), 256).digest == both.look(ImageRef("link.png"), 256).digest


def test_a_socket_is_no_regular_file(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)  # the path of a socket may be no longer than 107 bytes
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.png")
        assert code_of(root, "socket.png") == "image_not_regular"


def test_half_of_a_utf16_pair_names_no_file(root: Path) -> None:
    assert code_of(root, "\ud800.png") == "image_missing"


def test_a_root_that_is_a_link_is_a_root(root: Path, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(root)
    assert code_of(tmp_path / "alias", "good.png") == "opened"
    assert code_of(tmp_path / "alias", "../secrets/secret.png") == "image_outside_root"


@pytest.mark.slow
def test_secrets_appear_nowhere(root: Path, tmp_path: Path) -> None:
    names = [name for name in escapes(root) if "\0" not in name]
    dataset = write_rows(root / "data.jsonl", [*names, "good.png", f"{root}/good.png", ["good.png", "link.png"]])
    work = tmp_path / "work"
    work.mkdir()
    printed = ""
    for arguments in (
        ["check"],
        ["check", "--json", "--engine", "processes"],
        ["score", *LIGHT],
        ["score", *LIGHT, "--json"],
    ):
        done = vlitqa(arguments[0], dataset, *arguments[1:], cwd=work, SECRET_OF_ENVIRONMENT=CANARY)
        assert done.returncode == 0, done.stderr
        printed += done.stdout + done.stderr
    written = everything_written(work)
    assert CONTROL in written, "the search finds what is there"
    digest = hashlib.sha256(SECRET_IMAGE).hexdigest()[:16]
    for secret in (CANARY, digest, "root:x:0", SECRET_IMAGE[20:60].decode("latin-1")):
        assert secret not in written
        assert secret not in printed


@pytest.mark.slow
def test_a_check_counts_each_escape(root: Path) -> None:
    expected = escapes(root)
    names = [name for name in expected if name]
    report = check_json(write_rows(root / "data.jsonl", names), cwd=root)
    rows = {finding["code"]: finding["rows"] for finding in report["findings"]}
    rows = {code: count for code, count in rows.items() if code.startswith("image_")}
    codes = [expected[name] for name in names]
    assert rows == {code: codes.count(code) for code in codes}
    assert report["records"] == len(names)


@pytest.fixture
def listener() -> Iterator[tuple[int, list[str]]]:
    """A real server on the loopback, and the requests that it saw."""
    requests: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1], requests
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.slow
def test_a_remote_image_is_refused_and_nobody_is_asked(tmp_path: Path, listener: tuple[int, list[str]]) -> None:
    port, requests = listener
    schemes = ("http://", "HTTP://", "https://", "ftp://", "//")
    remote = [f"{scheme}127.0.0.1:{port}/image.png" for scheme in schemes]
    report = check_json(write_rows(tmp_path / "data.jsonl", remote), cwd=tmp_path)
    assert {finding["code"]: finding["rows"] for finding in report["findings"]}["image_remote"] == len(schemes)
    vlitqa("score", *LIGHT, tmp_path / "data.jsonl", cwd=tmp_path)
    assert requests == []
    with socket.create_connection(("127.0.0.1", port)) as caller:
        caller.sendall(b"GET /control HTTP/1.0\r\n\r\n")
        caller.recv(100)
    assert requests == ["/control"], "the listener hears what is asked"


@pytest.mark.slow
def test_a_record_without_its_image_keeps_its_text_measurements(tmp_path: Path) -> None:
    dataset = write_rows(tmp_path / "data.jsonl", ["gone.png"])
    assert vlitqa("score", *LIGHT, dataset, cwd=tmp_path).returncode == 0
    (table,) = (tmp_path / "runs").glob("*/measurements.parquet")
    measured = {row["metric"]: row for row in pq.read_table(table).to_pylist()}
    assert measured["statistics"]["status"] == measured["lexical"]["status"] == "ok"
    assert measured["statistics"]["value"] > 0
    assert json.loads(measured["integrity"]["evidence"])["codes"] == ["image_missing"]
