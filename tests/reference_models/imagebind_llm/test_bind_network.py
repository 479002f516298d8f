"""The bind network computes what the published code did, in the published sizes and under its names."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.imagebind_llm.bind_network import BindNetwork  # noqa: E402
from reference_models.imagebind_llm.key_map import from_published  # noqa: E402
from tests.given.bound_llamas import HEAD_WIDTH, make_published_model, published_weights, random_features  # noqa: E402

pytestmark = pytest.mark.model


def test_a_block_adds_a_gated_feed_forward_network_to_its_input() -> None:
    network = BindNetwork(1, 2, 1)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            parameter.fill_(0 if "_f1_" in name and name[-8] != "1" else 1)
        network.image_bind_proj.bias.copy_(torch.tensor([2.0, 3.0]))
    # projected: 1 + 2 and 1 + 3; normalised: 3 and 4 by the root of (9 + 16) / 2; both sums are 7 / 3.5355339
    total = 7 / 12.5**0.5
    silu = total / (1 + torch.tensor(-total).exp())
    expected = torch.tensor([[3.0, 4.0]]) + silu * total  # the other blocks have gates at zero
    assert torch.allclose(network(torch.ones(1, 1)), expected, atol=1e-5)


def test_the_published_network_has_608_million_parameters() -> None:
    with torch.device("meta"):
        network = BindNetwork(1024, 4096)
    assert sum(parameter.numel() for parameter in network.parameters()) == 1024 * 4096 + 4096 + 3 * (
        4096 + 3 * 4096 * 16384
    )
    assert network.get_parameter("image_bind_f2_3.weight").shape == (4096, 16384)


@torch.no_grad()
def test_features_are_bound_as_the_original_code_bound_them_with_these_weights() -> None:
    model = make_published_model(from_published(published_weights(), HEAD_WIDTH))
    bound = model.bind_network(random_features(2))
    # what LLaMA-Adapter's imagebind_LLM gave, with an encoder that hands these features on
    expected = torch.tensor([-0.0914660, 1.0210390, -1.2552458, -0.0708502, 1.7974801])
    assert torch.allclose(bound[0, :5], expected, atol=1e-5)
    assert bound.abs().double().mean().item() == pytest.approx(1.2007109, abs=1e-6)
