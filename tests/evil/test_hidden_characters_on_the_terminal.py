"""What a dataset or a name hides from a reader is named on the terminal, as it is on the page, and is no markup."""

from __future__ import annotations

import json
import os
import pty
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.given.rows import GOOD, written
from tests.given.run_cli import LIGHT, TIMEOUT, vlitqa

pytestmark = pytest.mark.slow
HIDDEN = "\x1b]0;pwned\x07\x1b[31m\x9b32m\u202eabc\u2066\r"
FORBIDDEN = frozenset("\x1b\x07\x9b\u202e\u2066\r\x08")


def assert_nothing_hidden(text: str) -> None:
    assert not FORBIDDEN.intersection(text), ascii(text[:2000])


@pytest.mark.parametrize("command", [("check",), ("score", *LIGHT)])
def test_fields_of_a_refused_file_are_named(command: tuple[str, ...], tmp_path: Path) -> None:
    dataset = written(tmp_path / "data.jsonl", {HIDDEN: 1, "[bold red]x[/]": 2}, {HIDDEN: 1, "[bold red]x[/]": 2})
    done = vlitqa(*command, dataset, cwd=tmp_path)
    assert_nothing_hidden(done.stdout + done.stderr)
    assert "⟨U+001B⟩]0;pwned⟨U+0007⟩" in done.stderr
    assert "[bold red]x[/]" in done.stderr


def test_names_of_files_are_named_in_tables_and_sentences(tmp_path: Path) -> None:
    name = f"[red]{HIDDEN}[link=file:x]:cat:.jsonl"
    rows = [{**GOOD, "id": HIDDEN, "image": HIDDEN}, GOOD, GOOD]
    dataset = written(tmp_path / name, *rows)
    other = written(tmp_path / "other.jsonl", GOOD)
    for arguments in (("check", dataset), ("score", *LIGHT, dataset, other), ("report", "runs")):
        done = vlitqa(*arguments, cwd=tmp_path, COLUMNS="400")
        assert done.returncode == 0, done.stderr
        assert_nothing_hidden(done.stdout + done.stderr)
        assert "[red]⟨U+001B⟩" in done.stdout
        assert ":cat:" in done.stdout


def test_json_escapes_what_is_hidden(tmp_path: Path) -> None:
    done = vlitqa("check", written(tmp_path / f"{HIDDEN}.jsonl", GOOD), "--json", cwd=tmp_path)
    assert not FORBIDDEN.intersection(done.stdout) - {"\x9b", "\u202e", "\u2066"}
    assert HIDDEN in json.loads(done.stdout)["path"]


def test_the_bar_of_progress_reads_no_markup(tmp_path: Path) -> None:
    rows = [{**GOOD, "id": str(number)} for number in range(3000)]
    dataset = written(tmp_path / f"[red]x{HIDDEN}.jsonl", *rows)
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "vlitqa", "check", dataset],
        stdout=subprocess.DEVNULL,
        stderr=slave,
        env={**os.environ, "VLITQA_CACHE": str(tmp_path / "cache"), "TERM": "xterm", "COLUMNS": "300"},
    )
    os.close(slave)
    shown = b""
    try:
        while piece := os.read(master, 65536):
            shown += piece
    except OSError:
        pass  # a terminal ends so when its last writer is gone
    assert process.wait(TIMEOUT) == 0
    assert b"[red]x" in shown
    assert b"\x1b]0;" not in shown
    assert "\u202e".encode() not in shown


def test_the_line_that_converts_a_file_can_be_copied(tmp_path: Path) -> None:
    folder = tmp_path / "$(touch pwned); x"
    folder.mkdir()
    path = folder / "data.jsonl"
    path.write_bytes(f"{json.dumps({**GOOD, 'id': 'café'}, ensure_ascii=False)}\n".encode("cp1252") * 9)
    done = vlitqa("check", path, cwd=tmp_path)
    line = done.stderr.partition("Convert it first: ")[2].strip()
    assert shlex.split(line)[-3] == str(path)
