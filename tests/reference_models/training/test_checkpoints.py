"""A training that goes on from a checkpoint has the losses and the parameters of one that was never stopped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.training.checkpoints import restore_checkpoint, save_checkpoint  # noqa: E402
from reference_models.training.recipe import TrainingRecipe  # noqa: E402
from reference_models.training.trainer import Training  # noqa: E402
from vlitqa.errors import RunError  # noqa: E402

pytestmark = pytest.mark.model

INPUTS = torch.linspace(-1, 1, 24).reshape(8, 3)


def training_of(optimizer: str) -> tuple[torch.nn.Module, Training]:
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Dropout(0.5), torch.nn.Linear(4, 1))
    recipe = TrainingRecipe(steps=8, batch_size=8, optimizer=optimizer, learning_rate=0.1, longest_gradient=1.0)
    return network, Training(network.parameters(), recipe)


def losses(network: torch.nn.Module, training: Training) -> Iterator[float]:
    for done in training.steps(lambda _step: [(network(INPUTS) - 1).square().mean()]):
        yield done.loss


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_what_goes_on_is_what_was_never_stopped_bit_for_bit(tmp_path: Path, optimizer: str) -> None:
    expected = list(losses(*training_of(optimizer)))
    network, training = training_of(optimizer)
    begun = losses(network, training)
    first = [next(begun) for _ in range(3)]
    save_checkpoint(tmp_path / "checkpoint.safetensors", dict(network.named_parameters()), training)
    other, resumed = training_of(optimizer)
    torch.manual_seed(9)
    restore_checkpoint(tmp_path / "checkpoint.safetensors", dict(other.named_parameters()), resumed)
    assert first + list(losses(other, resumed)) == expected
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.safetensors"]


def test_a_checkpoint_that_is_cut_off_is_named(tmp_path: Path) -> None:
    network, training = training_of("adamw")
    path = tmp_path / "checkpoint.safetensors"
    save_checkpoint(path, dict(network.named_parameters()), training)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(RunError, match=r"checkpoint\.safetensors cannot be read"):
        restore_checkpoint(path, dict(network.named_parameters()), training)
