"""A MIM that draws by hidden states, made from one that draws by words."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import torch

from reference_models.mim.conditioning import conditioning_shape
from reference_models.mim.mediums import RUNS, Medium
from reference_models.mim.model import Mim
from reference_models.mim.network import MimNetwork
from reference_models.mim.painter import DiffusionPainter


def draw_by_states(model: Mim, medium: Medium, painter: DiffusionPainter, *, seed: int = 0) -> Mim:
    """The same MIM with another medium, of which it has learned nothing yet; the first one stays as it is."""
    torch.manual_seed(seed)
    tokenizer = deepcopy(model.tokenizer)
    tokenizer.add_tokens(list(RUNS[medium]), special_tokens=True)
    frozen, language_model = model.network, deepcopy(model.network.language_model)
    if len(tokenizer) > language_model.config.vocab_size:
        language_model.resize_token_embeddings(len(tokenizer))
    network = MimNetwork(
        frozen.vision_model.config,
        frozen.qformer.config,
        language_model.config,
        queries=frozen.queries,
        conditioning=conditioning_shape(painter.pipeline),
    )
    language = {f"language_model.{name}": weight for name, weight in language_model.state_dict().items()}
    network.load_state_dict({**frozen.state_dict(), **language}, strict=False)  # the conditioner is new
    return replace(model, network=network.eval(), tokenizer=tokenizer, medium=medium, painter=painter)
