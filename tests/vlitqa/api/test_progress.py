"""Progress says what it counts."""

from __future__ import annotations

import re
import time

import pytest

from vlitqa.api.progress import image_progress, progress, question_progress


def test_a_line_of_progress_says_whether_copies_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("plain") as plain, progress("copied", with_copies=True) as copied:
        time.sleep(1.1)  # short work has no line
        plain(312, 0, 0.5)
        copied(312, 0, 0.5)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("plain: 50% read, 312 records, ")
    assert lines[1].startswith("copied: 50% measured, 312 records and copies, ")


def test_the_progress_of_an_exam_says_how_much_how_fast_and_how_long(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with question_progress("tune-llava", 100) as observe:
        time.sleep(1.1)
        observe(46, 4, 0.5)
    line = capsys.readouterr().err
    assert line.startswith("tune-llava: 50% answered, 46 of 100 questions, 4 not asked, ")
    assert re.search(r"[\d.]+ a second, 0:00:\d\d left$", line.strip())


def test_the_progress_of_images_says_how_many_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    with image_progress("photos", 100) as observe:
        time.sleep(1.1)
        observe(46, 4, 0.5)
    assert capsys.readouterr().err.startswith("photos: 50% embedded, 46 of 100 images, 4 left out, ")
