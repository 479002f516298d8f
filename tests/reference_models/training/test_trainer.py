"""The training loop makes losses small, says how far it is, and gives every parameter the optimizer that suits it."""

from __future__ import annotations

import math
import re

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.training.optimizers import learning_rate, make_optimizers  # noqa: E402
from reference_models.training.recipe import TrainingRecipe  # noqa: E402
from reference_models.training.trainer import Training, TrainingDiverged, fit  # noqa: E402

pytestmark = pytest.mark.model


def test_a_line_is_fitted_and_the_progress_is_reported_every_fifty_steps_and_at_the_end() -> None:
    torch.manual_seed(0)
    layer = torch.nn.Linear(3, 1)
    inputs = torch.randn(64, 3)
    targets = inputs @ torch.tensor([[0.5], [-0.5], [0.2]]) + 0.3
    lines: list[str] = []
    fit(
        layer.parameters(),
        TrainingRecipe(steps=120, batch_size=64, learning_rate=0.1),
        lambda _step: [torch.nn.functional.mse_loss(layer(inputs), targets)],
        lines.append,
        name="line",
    )
    assert [re.sub(r"loss [\d.]+, \d+ s", "loss, s", line) for line in lines] == [
        f"line: step {step} of 120, loss, s" for step in (50, 100, 120)
    ]
    assert torch.nn.functional.mse_loss(layer(inputs), targets) < 0.01


def test_hidden_matrices_go_to_muon_and_embedding_tables_and_vectors_to_adamw() -> None:
    matrix, table, vector = (torch.nn.Parameter(torch.zeros(shape)) for shape in ((8, 8), (1_024, 8), (8,)))
    adamw, muon = make_optimizers([matrix, table, vector], TrainingRecipe(steps=1, batch_size=1))
    assert [tuple(parameter.shape) for parameter in adamw.param_groups[0]["params"]] == [(1_024, 8), (8,)]
    assert [tuple(parameter.shape) for parameter in muon.param_groups[0]["params"]] == [(8, 8)]


def test_adamw_alone_takes_all_parameters_where_the_recipe_says_so() -> None:
    parameters = [torch.nn.Parameter(torch.zeros(shape)) for shape in ((8, 8), (8,))]
    (adamw,) = make_optimizers(parameters, TrainingRecipe(steps=1, batch_size=1, optimizer="adamw"))
    assert len(adamw.param_groups[0]["params"]) == 2


def rates(schedule: str) -> list[float]:
    recipe = TrainingRecipe(steps=40, batch_size=1, learning_rate=2.0, schedule=schedule)
    return [learning_rate(recipe, step) for step in range(41)]


def test_the_learning_rate_warms_up_and_decays_as_the_recipe_says() -> None:
    cosine, linear, constant = rates("cosine"), rates("linear"), rates("constant")
    assert cosine[:2] == pytest.approx([0.5 * 2.0, (1 + math.cos(math.pi / 40))])
    assert (cosine[20], linear[10], linear[20]) == pytest.approx((1.0, 1.5, 1.0))
    assert (cosine[40], linear[40]) == pytest.approx((0.0, 0.0))
    assert constant == [1.0] + 40 * [2.0]


def test_a_loss_in_parts_gives_the_step_of_the_whole() -> None:
    def trained(count: int) -> torch.Tensor:
        torch.manual_seed(0)
        layer, inputs = torch.nn.Linear(3, 1), torch.randn(8, 3)
        recipe = TrainingRecipe(steps=3, batch_size=8, optimizer="adamw")
        fit(
            layer.parameters(),
            recipe,
            lambda _step: (layer(part).square().sum() for part in inputs.chunk(count)),
            list[str]().append,
            name="parts",
        )
        return layer.weight.detach()

    assert torch.allclose(trained(4), trained(1), atol=1e-7)


def test_a_loss_that_is_no_number_ends_the_training_before_it_reaches_the_parameters() -> None:
    parameter = torch.nn.Parameter(torch.ones(1))
    training = Training([parameter], TrainingRecipe(steps=3, batch_size=1, optimizer="adamw"))
    with pytest.raises(TrainingDiverged, match="the loss of step 2 is no number"):
        list(training.steps(lambda step: [(parameter / (1 - step)).sum()]))
    assert torch.isfinite(parameter).all()
    assert training.steps_done == 1
