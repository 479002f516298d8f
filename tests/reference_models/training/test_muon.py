"""Muon moves matrices as torch's own does, but in their precision."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from torch.nn import Parameter  # noqa: E402

from reference_models.training import muon  # noqa: E402
from reference_models.training.muon import Muon, orthogonalize  # noqa: E402

pytestmark = pytest.mark.model


def gradients(shape: tuple[int, int], count: int) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    scales = torch.logspace(0, -2, shape[1])
    return [torch.randn(shape, generator=generator) * scales for _ in range(count)]


@pytest.mark.parametrize("shape", [(32, 32), (64, 16), (16, 64)])
def test_its_steps_are_those_of_torch_but_for_the_rounding_to_half_precision(shape: tuple[int, int]) -> None:
    ours, theirs = (Parameter(torch.ones(shape)) for _ in range(2))
    optimizer = Muon([ours], learning_rate=0.01, weight_decay=0.1)
    reference = torch.optim.Muon([theirs], lr=0.01, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
    for gradient in gradients(shape, 5):
        ours.grad, theirs.grad = gradient.clone(), gradient.clone()
        optimizer.step()
        reference.step()
    way = torch.linalg.norm(theirs.detach() - 1)
    assert torch.linalg.norm(ours - theirs) < 0.02 * way


def test_directions_get_alike_in_length_and_stay_where_they_point() -> None:
    matrix = torch.diag(torch.tensor([5.0, 1.0, 0.2]))
    (direction,) = orthogonalize(matrix[None])
    values = torch.diagonal(direction)
    assert torch.allclose(direction, torch.diag(values), atol=1e-6)
    assert ((values > 0.6) & (values < 1.3)).all()


def test_each_matrix_moves_by_its_own_gradient_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Matrices of one shape are orthogonalized together, at most two of the larger ones at a time."""
    monkeypatch.setattr(muon, "_STACK_ELEMENTS", 2 * 32 * 16)
    shapes = [(32, 16), (16, 16), (32, 16), (16, 32), (32, 16)]
    together, alone = ([Parameter(torch.ones(shape)) for shape in shapes] for _ in range(2))
    optimizers = [Muon(matrices, learning_rate=0.01, weight_decay=0.1) for matrices in (together, *zip(alone))]
    for step in range(3):
        for number, (shape, ours, theirs) in enumerate(zip(shapes, together, alone, strict=True)):
            gradient = gradients(shape, step + number + 1)[-1]
            ours.grad, theirs.grad = gradient.clone(), gradient.clone()
        for optimizer in optimizers:
            optimizer.step()
    for ours, theirs in zip(together, alone, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-6)
    assert not torch.allclose(together[0], together[2], atol=1e-3)


def test_a_matrix_without_a_gradient_stays() -> None:
    matrix = Parameter(torch.ones(4, 4))
    Muon([matrix], learning_rate=1.0, weight_decay=1.0).step()
    assert torch.equal(matrix, torch.ones(4, 4))
