"""Progress says what it counts."""

from __future__ import annotations

import time

import pytest

from vlitqa.cli.progress import progress


def test_a_line_of_progress_says_whether_copies_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("plain") as plain, progress("copied", with_copies=True) as copied:
        time.sleep(1.1)  # short work has no line
        plain(312, 0, 0.5)
        copied(312, 0, 0.5)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("plain: 50% read, 312 records, ")
    assert lines[1].startswith("copied: 50% measured, 312 records and copies, ")
