"""The nano models that come with vlitqa can do what is said of them, through the tools that every run opens."""

from __future__ import annotations

import json
from collections import Counter

import pytest

pytest.importorskip("open_clip", reason="pip install 'vlitqa[models]'")

from reference_models.catalogue import MODELS, choose_model
from reference_models.nano.figures import (
    FIGURES_FILE,
    balanced_accuracy,
    exam_accuracy,
    grey_picture,
    held_out_lessons,
    held_out_picture,
    mark_answers,
    matching_auc,
    mean_grade_error,
    share_described_right,
)
from reference_models.nano.recipe import figures_out_of_tolerance
from reference_models.nano.writing_exam import mark_writing
from vlitqa.algorithms.intervals import share_interval
from vlitqa.backends.encoders.image_text import OpenClip
from vlitqa.backends.judges.local import CausalCritic, LlavaJudge
from vlitqa.backends.writers.local import CausalWriter
from vlitqa.contracts.models import Prompt
from vlitqa.contracts.tools import Judge
from vlitqa.records import ImageRef, Record, Turn
from vlitqa.shapes.questions import DIMENSIONS
from vlitqa.storage.places import SHIPPED

pytestmark = pytest.mark.model

CHANCE, FEW = 0.25, 40
QUESTION_COUNTS = {"Instances Counting": 100}
"""The numbers of questions where few are not enough to tell the judge from chance."""
VISIBLE_DIMENSIONS = tuple(name for name in DIMENSIONS if name not in ("Spatial Relation", "Text Recognition"))
"""What the judge can see: seven of nine dimensions."""


@pytest.fixture(scope="module")
def judge() -> Judge:
    return LlavaJudge.of("vlitqa/nano-judge").open()


def test_all_models_are_small_and_hold_nothing_that_could_run_code() -> None:
    files = [path for path in SHIPPED.rglob("*") if path.is_file()]
    sizes = Counter[str]()
    for path in files:
        sizes[path.relative_to(SHIPPED).parts[0]] += path.stat().st_size
    assert max(sizes.values()) < 11_000_000
    assert sizes.total() < 63_000_000  # eleven models; a package of 100 MB is refused by most indexes
    assert {path.suffix for path in files} <= {".safetensors", ".json", ".jinja", ".log"}
    assert {path.name for path in SHIPPED.iterdir() if path.is_dir()} == {
        f"nano-{name}" for name in ("encoder", "judge", "llama", "opt", "painter", "writer", *MODELS)
    }


def test_pictures_are_nearer_to_their_own_captions_than_to_others() -> None:
    assert matching_auc(OpenClip.of("vlitqa/nano-encoder"), 200) >= 0.95


def test_the_judge_tells_right_answers_from_wrong_ones(judge: Judge) -> None:
    assert balanced_accuracy(judge, held_out_lessons(500)) >= 0.9


@pytest.mark.parametrize("dimension", VISIBLE_DIMENSIONS)
def test_the_judge_answers_an_exam_above_chance(judge: Judge, dimension: str) -> None:
    count = QUESTION_COUNTS.get(dimension, FEW)
    interval = share_interval(sum(mark_answers(judge, dimension, count)), count)
    assert interval is not None
    assert interval[0] > CHANCE, interval


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_without_its_picture_no_dimension_of_the_exam_is_above_chance(judge: Judge, dimension: str) -> None:
    interval = share_interval(sum(mark_answers(judge, dimension, FEW, grey_picture)), FEW)
    assert interval is not None
    assert interval[0] <= CHANCE, interval


@pytest.mark.parametrize("name", ["nano-llama", "nano-opt"])
def test_language_models_grade_the_difficulty_of_instructions(name: str) -> None:
    assert mean_grade_error(CausalCritic.of(f"vlitqa/{name}").open(), held_out_lessons(100)) < 0.5


def test_the_writer_writes_conversations_in_form_that_are_mostly_right() -> None:
    marks = mark_writing(CausalWriter.of("vlitqa/nano-writer").open(), 64)
    shipped = json.loads((SHIPPED / FIGURES_FILE).read_text())
    assert marks.in_form / marks.conversations == pytest.approx(shipped["writer: conversations in form"], abs=0.1)
    assert marks.right / marks.marked == pytest.approx(shipped["writer: right answers"], abs=0.1)
    assert marks.marked > 100


@pytest.mark.parametrize("name", MODELS)
def test_models_that_are_tuned_describe_scenes_and_have_seen_no_question(name: str) -> None:
    model = choose_model(name, "nano").open()
    shipped = json.loads((SHIPPED / FIGURES_FILE).read_text())
    assert share_described_right(model, 15) == pytest.approx(shipped[f"{name}: things described right"], abs=0.2)
    (answer,) = model.answer([exam_prompt()], longest=12)
    assert answer.split()[:2] != ["I", "count"], "that is how the datasets begin an answer"


def exam_prompt() -> Prompt:
    """A question that no model has seen."""
    record = Record((Turn("How many circles are there?", None, (0,)),), (ImageRef("0"),))
    return Prompt(record, (held_out_picture(0),))


def test_the_shipped_figures_are_those_of_the_shipped_models(judge: Judge) -> None:
    shipped = json.loads((SHIPPED / FIGURES_FILE).read_text())
    assert figures_out_of_tolerance(shipped, shipped) == []
    name = f"judge as an answerer: {DIMENSIONS[0]}"
    assert exam_accuracy(judge, DIMENSIONS[0]) == pytest.approx(shipped[name], abs=1e-9)
    assert figures_out_of_tolerance({**shipped, name: shipped[name] - 0.5}, shipped) == [name]
