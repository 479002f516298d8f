"""Features of modalities are mixed by shares and added by coefficients, and stay directions."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.imagebind_llm.key_map import from_published  # noqa: E402
from reference_models.imagebind_llm.mixing import add_features, mix_features  # noqa: E402
from tests.given.bound_llamas import HEAD_WIDTH, make_published_model, published_weights, random_features  # noqa: E402
from vlitqa.errors import UsageError  # noqa: E402

pytestmark = pytest.mark.model

EAST, NORTH = torch.tensor([5.0, 0.0]), torch.tensor([0.0, 0.2])


def test_a_mixture_takes_directions_by_their_shares_whatever_the_lengths() -> None:
    assert torch.allclose(mix_features([EAST, NORTH], [3, 4]), torch.tensor([0.6, 0.8]))
    assert torch.allclose(mix_features([EAST, NORTH], [30, 40]), torch.tensor([0.6, 0.8]))
    assert torch.allclose(mix_features([EAST, NORTH], [3, 4], keeps_length=True), torch.tensor([3 / 7, 4 / 7]))
    assert torch.allclose(mix_features([EAST, NORTH], [0, 4]), torch.tensor([0.0, 1.0]))


def test_a_feature_is_taken_away_by_a_coefficient_below_zero() -> None:
    both = torch.tensor([[1.0, 1.0], [2.0, 0.0]])
    difference = add_features([both, EAST.expand(2, 2)], [2**0.5, -1])
    assert torch.allclose(difference[0], torch.tensor([0.0, 1.0]), atol=1e-6)
    assert torch.allclose(difference[1], torch.tensor([1.0, 0.0]), atol=1e-6)


def test_a_mixture_in_half_precision_stays_in_it() -> None:
    assert mix_features([EAST.bfloat16(), NORTH.bfloat16()], [1, 1]).dtype == torch.bfloat16


@pytest.mark.parametrize("weights", [[1, -1], [0, 0], [float("nan"), 1], [float("inf"), 1]])
def test_weights_that_are_no_shares_are_refused(weights: list[float]) -> None:
    with pytest.raises(UsageError, match="no shares"):
        mix_features([EAST, NORTH], weights)


def test_sums_without_a_direction_and_features_that_do_not_fit_are_refused() -> None:
    with pytest.raises(UsageError, match="no direction"):
        add_features([EAST, EAST], [1, -1])
    with pytest.raises(UsageError, match=r"widths \[2, 3\]"):
        add_features([EAST, torch.ones(3)], [1, 1])
    with pytest.raises(UsageError, match="2 features and 1 coefficients"):
        add_features([EAST, NORTH], [1])
    with pytest.raises(UsageError, match="no feature"):
        add_features([], [])


@torch.no_grad()
def test_a_mixture_that_keeps_its_length_is_that_of_the_original_code() -> None:
    model = make_published_model(from_published(published_weights(), HEAD_WIDTH))
    mixture = mix_features([3 * random_features(2, 1), random_features(2, 2) / 2], [0.3, 1.2], keeps_length=True)
    bound = model.bind_network(mixture)
    # what LLaMA-Adapter's imagebind_LLM gave for both features with these weights, an encoder handing them on
    assert torch.allclose(
        bound[0, :5], torch.tensor([1.5988481, 1.4946302, -1.7892108, 0.3463050, 1.8978677]), atol=1e-5
    )
    assert bound.abs().double().mean().item() == pytest.approx(1.2557172, abs=1e-6)
