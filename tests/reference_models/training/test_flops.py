"""The strict count of operations is what torch counts, less the attention to later tokens."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from torch.nn.attention import SDPBackend, sdpa_kernel  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from reference_models.catalogue import MODELS, choose_model  # noqa: E402
from reference_models.training.flops import LayerCosts  # noqa: E402
from reference_models.training.packing import batch_rows  # noqa: E402
from reference_models.training.tuning import train_only  # noqa: E402
from tests.given.tiny_dialogues import BLACK, ONE_IMAGE, plain_picture  # noqa: E402

pytestmark = pytest.mark.model


LANGUAGE_MODELS = ("Llama", "OPT", "FlamingoNetwork")
"""The beginnings of the names that torch gives to modules of language models."""


@pytest.mark.parametrize("name", MODELS)
def test_the_count_is_torchs_without_attention_to_later_tokens(name: str) -> None:
    model = choose_model(name, "tiny").open()
    document = model.document(ONE_IMAGE)
    batch = batch_rows([[document]], [model.pixels(plain_picture(BLACK))])
    model.module.requires_grad_(requires_grad=False)
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        model.losses(batch)
    layer = tuple(f".{model.language_layers.rpartition('.')[2]}.{number}" for number in range(4))
    counted = sum(
        sum(kinds.values())
        for module, kinds in counter.get_flop_counts().items()
        if module.endswith(layer) and module.startswith(LANGUAGE_MODELS)
    )
    costs = LayerCosts.of(model, train_only(model, "tuning"))
    to_later_tokens = 2 * costs.layers * costs.width * len(document) ** 2
    injected = 2 if name == "imagebind_llm" else 0  # the picture, and the image of zeros
    of_injected = 2 * costs.layers * costs.width**2 * injected
    assert costs.flops([len(document)]) / costs.passes == counted - to_later_tokens - of_injected
    assert costs.passes == (2 if name in ("openflamingo", "imagebind_llm") else 3)
    assert costs.flops([5, 7]) == costs.flops([5]) + costs.flops([7])
