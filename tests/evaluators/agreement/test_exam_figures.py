"""Exam figures that somebody else made are read as they are meant, or refused with their line."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluators.agreement.exam_figures import read_exam_figures
from vlitqa.errors import UsageError
from vlitqa.results.comparison import ExamFigure


def table(folder: Path, text: str) -> Path:
    path = folder / "exams.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_each_row_is_a_figure(tmp_path: Path) -> None:
    text = "dataset,model,seed,exam,value\na,llava,0,MME,1500.5\na,llava,1,MME,1490\nb,blip2,0,SEED,28.3%\n"
    assert read_exam_figures(table(tmp_path, text)) == (
        ExamFigure("a", "llava", 0, "MME", 1500.5),
        ExamFigure("a", "llava", 1, "MME", 1490.0),
        ExamFigure("b", "blip2", 0, "SEED", 28.3),
    )


def test_columns_may_stand_anywhere_and_others_beside_them(tmp_path: Path) -> None:
    text = "\ufeffExam;Value;notes;Model;Dataset\r\nMME;1,5;x;llava;a\r\n"
    assert read_exam_figures(table(tmp_path, text)) == (ExamFigure("a", "llava", 0, "MME", 1.5),)


@pytest.mark.parametrize("gap", ["", "-", "n/a", "NaN"])
def test_a_gap_has_a_reason_and_no_value(tmp_path: Path, gap: str) -> None:
    figures = read_exam_figures(table(tmp_path, f"dataset,model,exam,value\na,llava,MME,{gap}\n"))
    assert figures == (ExamFigure("a", "llava", 0, "MME", None, reason="exams.csv has no figure"),)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "dataset,model,exam,value\na,llava,MME,1\n\nb,llava,MME,1\na,llava,MME,1\n",
            "line 5: a second figure of 'MME' by 'llava', tuned on 'a' with seed 0; the first is in line 2.",
        ),
        ("dataset,model,exam,value,seed\na,l,MME,1,0\na,l,MME,,0\n", "line 3: a second figure of 'MME'"),
        ("dataset,model,MME\na,llava,1\n", "has no column 'exam'"),
        ("dataset,model,exam,value\na,llava,MME,good\n", "line 2: value is 'good', which is no number"),
        ("dataset,model,exam,value\na,llava,MME,inf\n", "line 2: value is 'inf', which is no number"),
        ("dataset,model,exam,value\na,b,MME,1\n,b,MME,2\n", "line 3: no dataset"),
        ("dataset,model,exam,value\na,b,,1\n", "line 2: no exam"),
        ("dataset,model,exam,value,seed\na,b,MME,1,x\n", "line 2: seed is 'x', which is no whole number"),
        ("dataset,model,exam,value,seed\na,b,MME,1,\n", "line 2: seed is '', which is no whole number"),
        ("dataset,model,exam,value,seed\na,b,MME,1,-1\n", "line 2: seed is '-1', which is no whole number"),
        ("dataset,model,exam,value\na,b,MME\n", "line 2: 3 cells below 4 headings"),
        ("dataset,model,exam,value\n", "has no rows below its headings"),
        ("dataset,dataset,exam,value\na,b,MME,1\n", "has two columns 'dataset'"),
        ("dataset,Model,exam,value,model\na,b,MME,1,c\n", "has two columns 'model'"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_exam_figures(table(tmp_path, text))
    assert sentence in caught.value.message
    assert caught.value.repair


def test_a_cell_over_several_lines_does_not_shift_the_lines_of_errors(tmp_path: Path) -> None:
    text = 'dataset,model,exam,value\n"a\nb",llava,MME,1\nc,llava,MME,bad\n'
    with pytest.raises(UsageError, match="line 4: value is 'bad'"):
        read_exam_figures(table(tmp_path, text))
