"""Records, pictures and batches for a tiny OpenFlamingo, and weights that are the same on every machine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from reference_models.openflamingo.language import TextView
from reference_models.openflamingo.media import place_media
from reference_models.openflamingo.model import OpenFlamingo
from reference_models.training.packing import attention_mask, batch_rows
from vlitqa.contracts.models import PackedBatch, Prompt
from vlitqa.contracts.tools import Picture
from vlitqa.records import ImageRef, Record, Turn

IMAGE = ImageRef("a.png")
CAPTION = Record((Turn("What is this?", "A dog.", (0,)),), (IMAGE,))
TWO_IMAGES = Record((Turn("And this?", "A cat.", (0,)), Turn("Compare to", "Larger.", (1,))), (IMAGE, IMAGE))
TEXT_ONLY = Record((Turn("What is two and two?", "Four."), Turn("Sure?", "Yes.")))


def plain_picture(brightness: int) -> Picture:
    """A picture of one grey."""
    pixels = np.full((20, 30, 3), brightness, np.uint8)  # (height, width, 3)
    return Picture(width=30, height=20, format="PNG", frames=1, digest=f"{brightness}", pixels=pixels)


def question_about(brightness: int, question: str = "Which colour?") -> Prompt:
    """A question about a picture of one grey."""
    return Prompt(Record((Turn(question, None, (0,)),), (IMAGE,)), (plain_picture(brightness),))


def batch_of(model: OpenFlamingo, rows: Sequence[Sequence[Record]]) -> PackedBatch:
    """Rows of records as a batch; every image of the batch differs from all others."""
    documents = [[model.document(record) for record in row] for row in rows]
    images = sum(len(document.images) for row in documents for document in row)
    values = torch.arange(images * 3 * 56 * 56, dtype=torch.float64).square().sin()
    pixels = values.float().view(images, 3, 56, 56)  # (images, 3, side, side)
    return batch_rows(documents, list(pixels))


def fill_with_waves(module: torch.nn.Module, height: float = 0.3) -> None:
    """Gives every parameter values of a sine whose frequency grows, so that no row repeats another."""
    with torch.no_grad():
        for number, (_, parameter) in enumerate(sorted(module.named_parameters())):
            wave = torch.arange(parameter.numel(), dtype=torch.float64).square().mul(0.7).add(number).sin() * height
            parameter.copy_(wave.view_as(parameter))


def open_gates(model: OpenFlamingo) -> OpenFlamingo:
    """The model with gates that let through what they see."""
    with torch.no_grad():
        for name, parameter in model.network.gated_layers.named_parameters():
            if name.endswith("_gate"):
                parameter.fill_(0.8)
    return model


@torch.no_grad()
def all_logits(model: OpenFlamingo, batch: PackedBatch) -> torch.Tensor:
    """The logits after every token.  # (rows, tokens, vocabulary)"""
    is_image = batch.token_ids == model.config.new_tokens.image  # (rows, tokens)
    media = place_media(model.network.encode(batch), is_image, batch.document_ids)
    view = TextView(mask=attention_mask(batch), positions=batch.positions, key_positions=batch.positions)
    states = model.network(batch.token_ids, view, media)  # (rows, tokens, width)
    return model.network.logits(states.flatten(0, 1)).unflatten(0, states.shape[:2])
