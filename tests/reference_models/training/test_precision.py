"""Half the bits learn the same: rounding is right in the mean, copies are exact, and what was stopped goes on."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.training.checkpoints import restore_checkpoint, save_checkpoint  # noqa: E402
from reference_models.training.memory import PRECISIONS, Precision  # noqa: E402
from reference_models.training.precision import HeldParameters, choose_precision, compute_in, round_at_random  # noqa: E402
from reference_models.training.recipe import TrainingRecipe  # noqa: E402
from reference_models.training.rounding_adamw import RoundingAdamW  # noqa: E402
from reference_models.training.trainer import Training  # noqa: E402
from vlitqa.errors import UsageError  # noqa: E402

pytestmark = pytest.mark.model


def test_rounding_at_random_is_right_in_the_mean_and_leaves_what_needs_none() -> None:
    torch.manual_seed(0)
    values = torch.tensor([1.0, 1 + 2**-9, -3.001, 1e-30]).repeat(40_000, 1)
    rounded = round_at_random(values)
    assert rounded.dtype == torch.bfloat16
    assert torch.equal(rounded[:, 0].float(), values[:, 0])
    neighbours = rounded.float().unique(dim=0)
    assert len(neighbours) == 8, "each of three values has two neighbours"
    assert torch.allclose(rounded.double().mean(0), values[0].double(), rtol=1e-4, atol=0)


@pytest.mark.parametrize("precision", ["mixed", "bfloat16"])
def test_steps_too_small_for_half_the_bits_are_not_lost(precision: Precision) -> None:
    """A step of a hundredth of the last bit: rounding to the nearest would lose all of them."""
    torch.manual_seed(0)
    parameter = torch.nn.Parameter(torch.full((2_000,), 1.0, dtype=torch.bfloat16))
    recipe = TrainingRecipe(
        steps=400, batch_size=1, learning_rate=2**-8 / 100, optimizer="adamw", schedule="constant", weight_decay=0.0
    )
    list(Training([parameter], recipe, precision).steps(lambda _: iter([parameter.float().sum()])))
    assert float(parameter.detach().float().mean()) == pytest.approx(1 - 4 * 2**-8, rel=2e-3)


def test_adamw_that_rounds_moves_as_torchs_does() -> None:
    torch.manual_seed(1)
    start = torch.randn(300).bfloat16()
    gradients = [torch.randn(300).bfloat16() for _ in range(5)]
    settings = {"lr": 0.1, "betas": (0.9, 0.99), "weight_decay": 0.1}
    ours, theirs = torch.nn.Parameter(start.clone()), torch.nn.Parameter(start.float())
    optimizers = (RoundingAdamW([ours], **settings), torch.optim.AdamW([theirs], **settings))
    for gradient in gradients:
        ours.grad, theirs.grad = gradient.clone(), gradient.float()
        for optimizer in optimizers:
            optimizer.step()
    assert torch.allclose(ours.float(), theirs, atol=0.03)
    assert float((ours.float() - theirs).detach().mean()) == pytest.approx(0, abs=2e-3)


def test_parts_of_a_step_are_summed_in_single_precision() -> None:
    parameter = torch.nn.Parameter(torch.ones(1, dtype=torch.bfloat16))
    held = HeldParameters([parameter], "mixed")
    for share in (1.0, *[2**-9] * 8):
        (parameter * share).sum().backward()
    assert parameter.grad is None
    assert held.held[0].grad is not None
    assert float(held.held[0].grad) == 1 + 8 * 2**-9, "bfloat16 would have lost the eight"


@pytest.mark.parametrize("precision", PRECISIONS)
def test_what_goes_on_is_what_was_never_stopped_in_any_precision(tmp_path: Path, precision: Precision) -> None:
    def begin() -> tuple[torch.nn.Module, Training]:
        torch.manual_seed(0)
        network = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
        compute_in(precision, network)
        recipe = TrainingRecipe(steps=8, batch_size=8, optimizer="adamw", learning_rate=0.1)
        return network, Training(network.parameters(), recipe, precision)

    def losses(network: torch.nn.Module, training: Training, stop: int | None = None) -> list[float]:
        data = torch.linspace(-1, 1, 32).reshape(8, 4)

        def loss(_step: int) -> list[torch.Tensor]:
            predicted = network(data.to(next(network.parameters()).dtype)).float() - data.sum(1, keepdim=True)
            return [predicted.square().mean()]

        return [done.loss for done in islice(training.steps(loss), stop)]

    expected = losses(*begin())
    assert expected[-1] < expected[0]
    network, training = begin()
    names = dict(network.named_parameters())
    first = losses(network, training, stop=3)
    save_checkpoint(tmp_path / "checkpoint", names, training)
    resumed, going_on = begin()
    torch.manual_seed(9)
    restore_checkpoint(tmp_path / "checkpoint", dict(resumed.named_parameters()), going_on)
    assert first + losses(resumed, going_on) == expected


def test_a_precision_is_one_of_three() -> None:
    assert choose_precision("mixed") == "mixed"
    assert choose_precision("") in PRECISIONS
    with pytest.raises(UsageError, match="no precision 'bf16'"):
        choose_precision("bf16")
