"""The network of OpenFlamingo: tower, resampler, language model, and the gated layers between its layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import Parameter
from transformers import Cache, CLIPVisionModel

from reference_models.openflamingo.gated_attention import GatedCrossAttentionBlock, GateShape
from reference_models.openflamingo.language import LanguageModel, TextView
from reference_models.openflamingo.media import Media
from reference_models.openflamingo.perceiver import PerceiverResampler, PerceiverShape
from vlitqa.contracts.models import PackedBatch


class FlamingoNetwork(nn.Module):
    """Tower and language model are frozen; trained are the resampler, the gated layers, and the rows of new tokens."""

    language_model: LanguageModel

    def __init__(
        self,
        vision_encoder: CLIPVisionModel,
        language_model: LanguageModel,
        perceiver_shape: PerceiverShape,
        gate_shape: GateShape,
        new_tokens: Sequence[int],
    ) -> None:
        super().__init__()
        self.vision_encoder = vision_encoder
        self.language_model = language_model
        self.every, self.new_tokens = gate_shape.every, tuple(new_tokens)
        media_width: int = vision_encoder.config.hidden_size
        self.perceiver = PerceiverResampler(media_width, perceiver_shape)
        gates = len(language_model.layers) // gate_shape.every
        self.gated_layers = nn.ModuleList(
            [GatedCrossAttentionBlock(language_model.width, media_width, gate_shape) for _ in range(gates)]
        )
        self.vision_encoder.requires_grad_(requires_grad=False)
        cast(nn.Module, language_model).requires_grad_(requires_grad=False)
        self.new_token_rows = Parameter(language_model.table.weight[list(self.new_tokens)].clone())  # (new, width)

    def trained_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """The parameters that are not frozen, with their names."""
        yield from ((f"perceiver.{name}", parameter) for name, parameter in self.perceiver.named_parameters())
        yield from ((f"gated_layers.{name}", parameter) for name, parameter in self.gated_layers.named_parameters())
        yield "new_token_rows", self.new_token_rows

    def encode(self, batch: PackedBatch) -> Tensor:
        """The latents of all images; of one black image where there is none, so that all processes take the same steps.

        The patches are those before the tower's last normalisation, as the published checkpoints were trained.
        # (images, latents, media width)
        """
        pixels, picture_of_image = batch.pixels, batch.picture_of_image
        if not len(pixels):
            side = cast(int, self.vision_encoder.config.image_size)
            pixels = pixels.new_zeros(1, 3, side, side)  # (1, 3, side, side)
            picture_of_image = picture_of_image.new_zeros(1)  # (1,)
        with torch.no_grad():
            states = self.vision_encoder(pixels.to(self.vision_encoder.dtype)).last_hidden_state
        latents: Tensor = self.perceiver(states[:, 1:])  # (pictures, latents, media width)
        return latents[picture_of_image]

    def forward(self, token_ids: Tensor, view: TextView, media: Media, cache: Cache | None = None) -> Tensor:
        """The states from which the next tokens are predicted.  # (rows, tokens, width of the table)"""
        states = self.language_model.enter(self._embed(token_ids), view)  # (rows, tokens, width)
        bias = self.language_model.attention_bias(view, states.dtype)  # (rows, 1 or heads, tokens, keys)
        mask = media.mask()  # (rows, 1, tokens, images * latents)
        for number, layer in enumerate(self.language_model.layers, 1):
            if number % self.every == 0:
                gated_layer = self.gated_layers[number // self.every - 1]
                states = gated_layer(states, media, mask)  # (rows, tokens, width)
            states = layer(states, attention_mask=bias, past_key_values=cache)  # (rows, tokens, width)
        return self.language_model.leave(states)

    def logits(self, states: Tensor) -> Tensor:
        """The logits of all tokens after some states.  # (states, vocabulary)"""
        logits = states @ self.language_model.table.weight.T  # (states, vocabulary)
        places = torch.tensor(self.new_tokens, device=states.device)  # (new,)
        return logits.index_copy(1, places, states @ self.new_token_rows.T)

    def _embed(self, token_ids: Tensor) -> Tensor:
        embeddings: Tensor = self.language_model.table(token_ids)  # (rows, tokens, width of the table)
        for token, row in zip(self.new_tokens, self.new_token_rows, strict=True):
            embeddings = torch.where((token_ids == token)[..., None], row, embeddings)
        return embeddings
