"""A tuning goes on where it was stopped, packs without changing what is learned, and names the row that breaks it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.training.tuning import CHECKPOINT, Tuning  # noqa: E402
from tests.given.tiny_dialogues import dialogue  # noqa: E402
from tests.given.tiny_tunings import tuning_of  # noqa: E402
from vlitqa.errors import RunError  # noqa: E402
from vlitqa.records import ImageRef, Place  # noqa: E402

pytestmark = pytest.mark.model


class Killed(BaseException):
    """Ends a tuning between two steps, as a kill does."""


def test_a_tuning_that_was_killed_has_the_losses_and_weights_of_one_that_was_not(tmp_path: Path) -> None:
    whole = tuning_of()
    expected = whole.run(tmp_path, list[str]().append)

    killed = replace(tuning_of(), checkpoint_seconds=0.0)
    network = killed.model.module
    forwards: list[int] = []

    def kill_in_the_fourth_step(*_: object) -> None:
        forwards.append(1)
        if len(forwards) == 4:
            raise Killed

    hook = network.lm_head.register_forward_pre_hook(kill_in_the_fourth_step)
    with pytest.raises(Killed):
        killed.run(tmp_path, list[str]().append)
    hook.remove()
    assert (tmp_path / CHECKPOINT).is_file()

    resumed, lines = tuning_of(), list[str]()
    torch.manual_seed(7)
    steps = resumed.run(tmp_path, lines.append)
    assert lines[0] == "goes on after step 3"
    assert [(step.step, step.loss, step.targets) for step in steps] == [
        (step.step, step.loss, step.targets) for step in expected
    ]
    weights, others = whole.model.module.state_dict(), resumed.model.module.state_dict()
    assert all(torch.equal(weight, others[name]) for name, weight in weights.items())


@pytest.mark.parametrize("plan", [{"is_packed": False}, {"tokens_at_once": 300}, {"tokens_per_row": 4_096}])
def test_packing_and_parts_change_nothing_that_is_learned(tmp_path: Path, plan: dict[str, object]) -> None:
    usual = tuning_of().run(tmp_path / "usual", list[str]().append)
    other = tuning_of(**plan).run(tmp_path / "other", list[str]().append)
    assert [step.loss for step in other] == pytest.approx([step.loss for step in usual], rel=2e-5)
    assert [step.targets for step in other] == [step.targets for step in usual]


def test_a_row_whose_loss_is_no_number_is_named(tmp_path: Path) -> None:
    tuning = tuning_of()
    row = tuning.examples.learnable[2]
    poisoned = tuning.model.document(dialogue(("Hi.", "\x07 is a bell."), images=0))
    tuning.examples.learnable[2] = replace(row, document=poisoned)
    with torch.no_grad():
        bell = tuning.model.tokenizer.convert_tokens_to_ids("ć")  # the byte 7 in the tokenizer's alphabet
        tuning.model.module.get_input_embeddings().weight[bell] = float("nan")
    place = row.record.place
    assert isinstance(place, Place)
    with pytest.raises(RunError, match=rf"no number: row {place.row}, line {place.line}"):
        tuning.run(tmp_path, list[str]().append)


def test_a_damaged_picture_is_left_out_and_noted_once_also_by_a_tuning_that_goes_on(tmp_path: Path) -> None:
    def damaged() -> Tuning:
        tuning = replace(tuning_of(), checkpoint_seconds=0.0)
        example = tuning.examples.learnable[2]
        record = structs.replace(example.record, images=(ImageRef("damaged.png", b"no picture"),))
        tuning.examples.learnable[2] = replace(example, record=record)
        return tuning

    whole = damaged()
    steps = whole.run(tmp_path, list[str]().append)
    assert len(steps) == whole.recipe.steps
    (reject,) = whole.examples.left_out
    assert reject.place == whole.examples.learnable[2].record.place
    resumed = damaged()
    resumed.run(tmp_path, list[str]().append)
    assert resumed.examples.left_out == [reject], "the last checkpoint is behind the step that met it"


def test_every_example_is_learned_once_an_epoch(tmp_path: Path) -> None:
    steps = tuning_of().run(tmp_path, list[str]().append)
    targets = sum(int(example.document.is_target.sum()) for example in tuning_of().examples.learnable)
    assert sum(step.targets for step in steps[:4]) == sum(step.targets for step in steps[4:]) == targets
