"""A dataset that is piped in is read like a file."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.given.run_cli import TIMEOUT

ROWS = "".join(
    json.dumps({"question": f"What is {number}?", "answer": f"A number {number}."}) + "\n" for number in range(5)
)


def piped(content: bytes, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "vlitqa", *arguments]
    return subprocess.run(command, input=content, cwd=cwd, capture_output=True, timeout=TIMEOUT, check=False)


@pytest.mark.parametrize("content", [ROWS.encode(), gzip.compress(ROWS.encode())], ids=["plain", "gzip"])
def test_rows_that_are_piped_in_are_checked(content: bytes, tmp_path: Path) -> None:
    done = piped(content, "check", "-", "--json", cwd=tmp_path)
    checked = json.loads(done.stdout)
    assert (checked["path"], checked["rows"], checked["findings"]) == ("-", 5, []), done.stderr
    assert list(tmp_path.iterdir()) == []


def test_they_are_scored_into_a_run_of_their_own(tmp_path: Path) -> None:
    done = piped(ROWS.encode(), "score", "-", "--metrics", "lexical", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["dataset"] == "stdin", done.stderr
    (run,) = (tmp_path / "runs").iterdir()
    assert run.name.startswith("stdin-")


def test_nothing_and_no_dataset_are_said(tmp_path: Path) -> None:
    assert b"the file holds no rows" in piped(b"", "check", "-", cwd=tmp_path).stdout
    refused = piped(b"\x00\x01\x02", "check", "-", cwd=tmp_path)
    assert refused.returncode == 2
    assert b"stdin" in refused.stderr
