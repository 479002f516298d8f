"""The nano models that come with vlitqa can do what is said of them, through the tools that every run opens."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("open_clip", reason="pip install 'vlitqa[models]'")

from reference_models.nano.figures import (
    FIGURES,
    answered_right,
    balanced_accuracy,
    error_of_grades,
    exam_accuracy,
    held_out_lessons,
    separation,
)
from reference_models.nano.recipe import departures
from vlitqa.algorithms.intervals import share_interval
from vlitqa.backends.encoders.image_text import OpenClip
from vlitqa.backends.judges.local import CausalCritic, LlavaJudge
from vlitqa.backends.model_files import SHIPPED
from vlitqa.contracts.tools import Judge
from vlitqa.shapes.questions import DIMENSIONS

pytestmark = pytest.mark.model

CHANCE, FEW = 0.25, 40
ASKED = {"Instances Counting": 200}
"""Questions, where few are not enough to tell the judge from chance."""
SEEN = tuple(name for name in DIMENSIONS if name not in ("Spatial Relation", "Text Recognition"))
"""What the judge can see: seven of nine dimensions."""


@pytest.fixture(scope="module")
def judge() -> Judge:
    return LlavaJudge.of("vlitqa/nano-judge").open()


def test_all_models_are_small_and_hold_nothing_that_could_run_code() -> None:
    files = [path for path in SHIPPED.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 30_000_000
    assert {path.suffix for path in files} <= {".safetensors", ".json", ".jinja", ".log"}
    assert {path.name for path in SHIPPED.iterdir() if path.is_dir()} == {
        f"nano-{name}" for name in ("encoder", "judge", "llama", "opt")
    }


def test_pictures_are_nearer_to_their_own_captions_than_to_others() -> None:
    assert separation(OpenClip.of("vlitqa/nano-encoder"), 200) >= 0.95


def test_the_judge_tells_right_answers_from_wrong_ones(judge: Judge) -> None:
    assert balanced_accuracy(judge, held_out_lessons(500)) >= 0.9


@pytest.mark.parametrize("dimension", SEEN)
def test_the_judge_answers_an_exam_above_chance(judge: Judge, dimension: str) -> None:
    asked = ASKED.get(dimension, FEW)
    found = share_interval(sum(answered_right(judge, dimension, asked)), asked)
    assert found and found[0] > CHANCE, found


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_without_its_picture_no_dimension_of_the_exam_is_above_chance(judge: Judge, dimension: str) -> None:
    found = share_interval(sum(answered_right(judge, dimension, FEW, blind=True)), FEW)
    assert found and found[0] <= CHANCE, found


@pytest.mark.parametrize("name", ["nano-llama", "nano-opt"])
def test_language_models_grade_the_difficulty_of_instructions(name: str) -> None:
    assert error_of_grades(CausalCritic.of(f"vlitqa/{name}").open(), held_out_lessons(100)) < 0.5


def test_the_figures_that_are_told_are_those_of_the_shipped_models(judge: Judge) -> None:
    told = json.loads((SHIPPED / FIGURES).read_text())
    assert departures(told, told) == []
    name = f"judge as an answerer: {DIMENSIONS[0]}"
    assert exam_accuracy(judge, DIMENSIONS[0]) == pytest.approx(told[name], abs=1e-9)
    assert departures({**told, name: told[name] - 0.5}, told) == [name]
