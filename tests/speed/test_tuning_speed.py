"""Packed tuning of a nano model beside padded tuning, and beside the loop that people write with transformers alone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.llava.configs import text_config
from reference_models.llava.presets import open_model
from reference_models.training.attention import attend_within_documents
from reference_models.training.batches import BatchPlan, BatchSource
from reference_models.training.examples import read_examples
from reference_models.training.flops import LayerCosts
from reference_models.training.tuning import train_only
from tests.speed.gpu_tune import Course, run_plainly, write_rows
from tests.speed.test_speed import best_of, show
from vlitqa.backends.image_folder import ImageFolder
from vlitqa.reader import open_dataset

pytestmark = [pytest.mark.speed, pytest.mark.model]

BATCH, STEPS = 32, 3


def test_packed_tuning_beside_padded_tuning(tmp_path: Path) -> None:
    model = open_model("nano")
    images = ImageFolder((str(tmp_path),))
    with open_dataset(write_rows(tmp_path, BATCH * STEPS)).entries() as entries:
        examples = read_examples(entries, model, images)
    parameters = train_only(model, "tuning")

    def differentiate(*, is_packed: bool) -> Callable[[], None]:
        plan = BatchPlan(batch_size=BATCH, seed=0, is_packed=is_packed)

        def work() -> None:
            attend_within_documents(text_config(model.network.config))
            with closing(BatchSource(examples, model, images, plan)) as source:
                for number in range(STEPS):
                    for loss in source.step(number).losses(model):
                        loss.backward()
            model.network.zero_grad()

        return work

    course = Course(
        model=model,
        examples=examples,
        images=images,
        plan=BatchPlan(batch_size=BATCH, seed=0),
        steps=STEPS,
        costs=LayerCosts.of(model, parameters),
    )
    packed, padded, plain = best_of(
        3, differentiate(is_packed=True), differentiate(is_packed=False), lambda: run_plainly(course)
    )
    show(
        "nano LLaVA on guided rows, the same learned tokens",
        ("packed and padded", f"{padded / packed:.2f}x"),
        ("packed and the plain loop of transformers", f"{plain / packed:.2f}x"),
    )
    assert padded > packed
    assert plain > packed
