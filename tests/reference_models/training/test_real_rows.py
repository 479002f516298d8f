"""Rows of published data go through the data path of every model, and what it learns is exactly their responses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest

pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.catalogue import MODELS, choose_model
from reference_models.training.batches import BatchPlan, BatchSource
from reference_models.training.examples import read_examples
from tests.given.shared_data import shared
from vlitqa.backends.image_folder import ImageFolder
from vlitqa.backends.toolbox import image_roots_of
from vlitqa.contracts.models import Document, ReferenceModel
from vlitqa.reader import open_dataset

pytestmark = [pytest.mark.model, pytest.mark.slow]

ROWS = {"llava_pretrain_240/dataset.json": (240, 240), "mantis_chat_24/dataset.json": (24, 87)}
"""By file: its records and their images."""


@pytest.fixture(params=MODELS)
def model(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ReferenceModel:
    """A tiny model that reads documents of any length: its tokens are bytes."""
    opened = choose_model(request.param, "tiny").open()
    monkeypatch.setattr(type(opened), "context_length", 1_000_000)
    return opened


def learned_texts(model: ReferenceModel, document: Document) -> Iterator[str]:
    """The text of every run of targets, without what ends it."""
    ends = np.flatnonzero(np.diff(document.is_target, prepend=False, append=False))  # (2 * runs,)
    for start, end in ends.reshape(-1, 2):
        yield model.tokenizer.decode(document.token_ids[start:end], skip_special_tokens=True)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ROWS)
def test_every_row_is_learned_from_and_its_targets_are_its_responses(model: ReferenceModel, name: str) -> None:
    path = shared(f"vlit/{name}")
    records, images = ROWS[name]
    folder = ImageFolder(tuple(map(str, image_roots_of(path.parent, ()))))
    with open_dataset(path).entries() as entries:
        examples = read_examples(entries, model, folder)
    assert (len(examples.learnable), examples.left_out) == (records, [])
    for example in examples.learnable:
        expected = [turn.response for turn in example.record.turns]
        assert [text.strip() for text in learned_texts(model, example.document)] == [
            response.strip() for response in expected if response
        ]
    plan = BatchPlan(batch_size=8, seed=0)
    with closing(BatchSource(examples, model, folder, plan)) as source:
        steps = [source.step(number) for number in range(records // 8)]
    assert sum(len(batch.pixels) for step in steps for batch in step.batches if batch.pixels.any()) == images
    assert sum(step.targets for step in steps) == sum(
        int(example.document.is_target.sum()) for example in examples.learnable
    )
    assert examples.left_out == []
