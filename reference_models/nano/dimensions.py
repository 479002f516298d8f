"""How many questions of each dimension a model answers right: its likeliest option, on scenes that it never saw."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from vlitqa.contracts.models import Prompt, ReferenceModel
from vlitqa.contracts.tools import Picture
from vlitqa.records import ImageRef, Record, Turn
from vlitqa.shapes.drawing import USUAL, draw_scene
from vlitqa.shapes.exams import CHOICE_LETTERS, MultipleChoice, multiple_choices_in
from vlitqa.shapes.questions import DIMENSIONS
from vlitqa.shapes.scenes import scene_of

EXAM_SEED = 1
"""The seed of scenes that no model has learned from."""


def right_by_dimension(model: ReferenceModel, count: int) -> Mapping[str, int]:
    """The number of right answers among so many questions of each dimension."""
    return {
        dimension: sum(_is_right(model, choice) for choice in multiple_choices_in(dimension, EXAM_SEED, count))
        for dimension in DIMENSIONS
    }


def _is_right(model: ReferenceModel, choice: MultipleChoice) -> bool:
    turn = Turn(choice.question.text, "", (0,))
    prompt = Prompt(Record((turn,), (ImageRef(str(choice.number)),), str(choice.number)), (_picture(choice.number),))
    likelihoods = model.rank(prompt, choice.sentences)
    means = [likelihood.log_probability / likelihood.tokens for likelihood in likelihoods]
    return CHOICE_LETTERS[int(np.argmax(means))] == choice.letter


@lru_cache(maxsize=256)
def _picture(number: int) -> Picture:
    pixels = np.asarray(draw_scene(scene_of(EXAM_SEED, number), USUAL))  # (edge, edge, 3)
    return Picture(width=USUAL, height=USUAL, format="PNG", frames=1, digest=str(number), pixels=pixels)
