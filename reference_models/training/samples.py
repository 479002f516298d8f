"""The answers of a model to a few rows of its data, to be compared before and after a tuning."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec.structs import replace

from reference_models.training.examples import Example, Examples
from vlitqa.contracts.models import Prompt, ReferenceModel
from vlitqa.contracts.tools import Images
from vlitqa.errors import ImageFault, RejectedRecord
from vlitqa.records import Record

SAMPLES = 8
_LONGEST = 64
"""Tokens of an answer."""


def choose_samples(examples: Examples, seed: int) -> list[Example]:
    """A few examples whose first turn has a response, drawn by the seed."""
    learnable = examples.learnable
    order = np.random.default_rng(seed).permutation(len(learnable))
    drawn = (learnable[place] for place in order)
    answered = (example for example in drawn if example.record.turns and example.record.turns[0].response)
    return [example for example, _ in zip(answered, range(SAMPLES), strict=False)]


def answer_samples(model: ReferenceModel, examples: Sequence[Example], images: Images) -> list[str]:
    """The answer to the first instruction of each example; empty where its picture cannot be opened."""
    prompts = {place: prompt for place, example in enumerate(examples) if (prompt := _prompt(example, model, images))}
    answers = dict(zip(prompts, model.answer(list(prompts.values()), longest=_LONGEST), strict=True))
    return [answers.get(place, "") for place in range(len(examples))]


def _prompt(example: Example, model: ReferenceModel, images: Images) -> Prompt | None:
    record = first_prompt(example.record)
    try:
        return Prompt(record, tuple(images.look(ref, model.picture_side) for ref in record.images))
    except (ImageFault, RejectedRecord):
        return None


def first_prompt(record: Record) -> Record:
    """The first instruction of a record, without its response."""
    return replace(record, turns=(replace(record.turns[0], response=None, response_images=()),))
