"""Exams and agreement that are kept beside a run stand on its page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from reports.quality import REPORT, quality_page
from tests.given.run_cli import vlitqa
from tests.given.runs import HOSTILE, row, scored
from vlitqa.runs.finished import open_run

pytestmark = pytest.mark.slow

RATINGS = "target,rater,score\na,x,1\na,y,2\nb,x,3\nb,y,5\nc,x,2\nc,y,2\n"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exams")
    made = scored(folder, [row(number, f"What is {number}?", f"It is {number}.") for number in range(4)])
    answers = [
        {"question": "q", "answer": said, "gt_answers": right, "image_path": f"{at}.png"}
        for at, (said, right) in enumerate([("stop", "STOP"), ("go", "EXIT"), ("go", "&")])
    ]
    (folder / "answers.json").write_text(json.dumps(answers))
    (folder / "ratings.csv").write_text(RATINGS)
    command = ("eval", "--answers", "answers.json", "--benchmark", "wordart", "--output", made)
    assert vlitqa(*command, "--name", HOSTILE[1], cwd=folder).returncode == 0
    assert vlitqa("agreement", "ratings.csv", "--output", made, cwd=folder).returncode == 0
    assert vlitqa("report", made, cwd=folder).returncode == 0
    return made


def test_a_page_shows_what_models_reached_and_whether_raters_agree(run: Path) -> None:
    text = (run / REPORT).read_text(encoding="utf-8")
    assert re.search(r"wordart</td>.*standard</td>.*word accuracy</td>.*0\.5</td>.*3 of 1,511</td>", text, re.DOTALL)
    assert "empty reference: left out" in text
    assert "agreement of 2 raters" in text
    assert "ICC(C,1)" in text
    assert HOSTILE[1] not in text
    assert "&lt;img src=x" in text


@pytest.mark.parametrize(("file", "content"), [("exams.json", "[{}]"), ("exams.json", "{"), ("agreement.json", "[1]")])
def test_damaged_exams_are_named(file: str, content: str, tmp_path: Path) -> None:
    plain = scored(tmp_path, [row(1, "What is it?", "A dog.")])
    (plain / file).write_text(content)
    done = vlitqa("report", plain, cwd=tmp_path)
    assert done.returncode == 2
    assert f"{file} cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_without_exams_has_no_such_section(tmp_path: Path) -> None:
    plain = scored(tmp_path, [row(1, "What is it?", "A dog.")])
    assert "exams" not in [chapter.name for chapter in quality_page(open_run(plain)).chapters]
