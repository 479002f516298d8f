"""Commands whose reader goes away, as behind `| head -1`, end quietly and with the code of any Unix tool."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.given.rows import GOOD, written
from tests.given.run_cli import LIGHT, TIMEOUT, vlitqa
from vlitqa.cli.exit_codes import CLOSED_OUTPUT

pytestmark = pytest.mark.slow


def start(*arguments: object, cwd: Path, stdout: int, stderr: int = subprocess.PIPE) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "vlitqa", *map(str, arguments)]
    environment = {**os.environ, "VLITQA_CACHE": str(cwd / "cache")}
    return subprocess.Popen(command, cwd=cwd, env=environment, stdout=stdout, stderr=stderr)


def run_unread(*arguments: object, cwd: Path, with_errors: bool = False) -> tuple[int, bytes]:
    """The exit code, and standard error, of a command whose standard output has no reader."""
    reader, writer = os.pipe()
    os.close(reader)
    process = start(*arguments, cwd=cwd, stdout=writer, stderr=writer if with_errors else subprocess.PIPE)
    os.close(writer)
    errors = process.communicate(timeout=TIMEOUT)[1]
    return process.returncode, errors or b""


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("--version",), ("catalogue",), ("catalogue", "findings"), ("doctor", "--json"), ("check", "a.jsonl"),
     ("check", "a.jsonl", "--json"), ("score", *LIGHT, "a.jsonl", "--json"), ("eval", "--help")],
    ids=" ".join,
)  # fmt: skip
def test_a_command_without_a_reader_ends_as_unix_tools_do(arguments: tuple[str, ...], tmp_path: Path) -> None:
    written(tmp_path / "a.jsonl", GOOD, GOOD)
    code, errors = run_unread(*arguments, cwd=tmp_path)
    assert code == CLOSED_OUTPUT
    for word in (b"Traceback", b"Exception ignored", b"Error"):
        assert word not in errors


def test_a_command_whose_messages_have_no_reader_ends_in_the_same_way(tmp_path: Path) -> None:
    assert run_unread("check", "nothing.jsonl", cwd=tmp_path, with_errors=True)[0] == CLOSED_OUTPUT


def test_a_reader_that_goes_away_in_the_middle_ends_the_command(tmp_path: Path) -> None:
    dataset = written(tmp_path / "a.jsonl", GOOD, *["{broken"] * 30_000)
    process = start("check", dataset, "--json", "--all-places", cwd=tmp_path, stdout=subprocess.PIPE)
    assert process.stdout
    assert process.stdout.read(1) == b"{"
    process.stdout.close()
    assert process.stderr
    assert b"Traceback" not in process.stderr.read()
    assert process.wait(TIMEOUT) == CLOSED_OUTPUT


def test_a_run_is_whole_though_nobody_reads_what_is_said_of_it(tmp_path: Path) -> None:
    written(tmp_path / "a.jsonl", GOOD, GOOD)
    assert run_unread("score", *LIGHT, "a.jsonl", cwd=tmp_path)[0] == CLOSED_OUTPUT
    (run,) = (tmp_path / "runs").iterdir()
    assert vlitqa("report", run, "--details", cwd=tmp_path).returncode == 0
