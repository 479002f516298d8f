"""The nano painter draws what a caption says, and the nano MIM that draws by words says what was asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

import pytest

pytest.importorskip("diffusers", reason="pip install 'vlitqa[models]'")

from reference_models.catalogue import choose_model
from reference_models.mim.model import Mim
from reference_models.mim.painter import DiffusionPainter, load_painter
from reference_models.nano.drawing_exam import draw_caption, main
from reference_models.nano.figures import DRAWN_DIMENSION, FIGURES_FILE, grey_picture, mark_answers, paint_caption
from vlitqa.algorithms.intervals import share_interval
from vlitqa.backends.judges.local import LlavaJudge
from vlitqa.contracts.tools import Judge, Picture
from vlitqa.storage.places import SHIPPED

pytestmark = pytest.mark.model
COUNT, CHANCE = 40, 0.25


@pytest.fixture(scope="module")
def judge() -> Judge:
    return LlavaJudge.of("vlitqa/nano-judge").open()


@pytest.fixture(scope="module")
def painter() -> DiffusionPainter:
    return load_painter("nano")


def share_right(judge: Judge, picture_of: Callable[[int], Picture]) -> tuple[float, float]:
    """The share of questions about pictures that the judge answers right, and the lower end of its interval."""
    right = sum(mark_answers(judge, DRAWN_DIMENSION, COUNT, picture_of))
    interval = share_interval(right, COUNT)
    assert interval is not None
    return right / COUNT, interval[0]


def test_the_judge_recognises_what_the_painter_drew_by_captions(judge: Judge, painter: DiffusionPainter) -> None:
    shipped = json.loads((SHIPPED / FIGURES_FILE).read_text())["painter: things recognised"]
    share, _ = share_right(judge, partial(paint_caption, painter))
    assert share == pytest.approx(shipped, abs=0.15)


def test_the_judge_recognises_what_mim_drew_as_it_was_asked(judge: Judge, painter: DiffusionPainter) -> None:
    model = choose_model("mim", "nano").open()
    assert isinstance(model, Mim)
    _, least = share_right(judge, partial(draw_caption, model, painter))
    assert least > CHANCE


def test_pictures_of_the_same_words_are_equal_and_a_grey_one_stands_for_none(painter: DiffusionPainter) -> None:
    words = "On a plain background there is a large solid red star at the top."
    assert painter.paint(words).pixels.tolist() == painter.paint(words).pixels.tolist()
    model = choose_model("mim", "tiny").open()
    assert isinstance(model, Mim)
    assert draw_caption(model, painter, 0).digest == grey_picture(0).digest


def test_a_table_of_one_question_has_a_row_for_each_way_to_a_picture(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--questions", "1", "--steps", "1"]) == 0
    rows = [line.split(" | ")[0].strip("| ") for line in capsys.readouterr().out.splitlines()[2:]]
    assert [row.removeprefix("drawn by MIM, medium: ") for row in rows[3:]] == ["words", "history", "prompts"]
