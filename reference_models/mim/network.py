"""The network of MIM: the tower and the Q-Former of BLIP-2, and a Llama that reads what its queries gather.

The names of its weights are those of the published checkpoint; the tower, which is never trained, is not in that.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from transformers import (
    Blip2QFormerConfig,
    Blip2QFormerModel,
    Blip2VisionConfig,
    Blip2VisionModel,
    LlamaConfig,
    LlamaForCausalLM,
)

from reference_models.mim.conditioning import ConditioningQFormer, ConditioningShape
from vlitqa.contracts.models import PackedBatch

_QUERY_STD = 0.02
"""BERT's initializer range; queries of zeros would all gather the same."""


class MimNetwork(nn.Module):
    """Pictures become so many embeddings of the language model as there are queries."""

    def __init__(
        self,
        vision: Blip2VisionConfig,
        qformer: Blip2QFormerConfig,
        text: LlamaConfig,
        *,
        queries: int,
        conditioning: ConditioningShape | None = None,
    ) -> None:
        super().__init__()
        self.vision_model = Blip2VisionModel(vision)
        self.query_tokens = nn.Parameter(torch.empty(1, queries, qformer.hidden_size))  # (1, queries, Q-Former width)
        nn.init.normal_(self.query_tokens, std=_QUERY_STD)
        self.qformer = Blip2QFormerModel(qformer)
        self.qformer_projection = nn.Linear(qformer.hidden_size, text.hidden_size)
        self.language_model = LlamaForCausalLM(text)
        self.conditioner = (
            ConditioningQFormer(_reading_states(qformer, text), conditioning) if conditioning is not None else None
        )
        """What turns hidden states into the conditioning of a diffusion model, where words are not the medium."""

    @property
    def queries(self) -> int:
        """The number of embeddings of a picture."""
        return self.query_tokens.shape[1]

    def features(self, pixels: Tensor) -> Tensor:  # (pictures, 3, side, side)
        """What the queries gather of each picture, as embeddings of words.  # (pictures, queries, width)"""
        gathered = self.gather(pixels)  # (pictures, queries, Q-Former width)
        projected: Tensor = self.qformer_projection(gathered.to(self.qformer_projection.weight.dtype))
        return projected  # (pictures, queries, width)

    def gather(self, pixels: Tensor) -> Tensor:  # (pictures, 3, side, side)
        """What the queries gather of each picture.  # (pictures, queries, Q-Former width)"""
        with torch.no_grad():
            patches = self.vision_model(pixels).last_hidden_state  # (pictures, 1 + patches, tower width)
        queries = self.query_tokens.expand(len(pixels), -1, -1)  # (pictures, queries, Q-Former width)
        gathered: Tensor = self.qformer(query_embeds=queries, encoder_hidden_states=patches).last_hidden_state
        return gathered  # (pictures, queries, Q-Former width)

    def embed(self, batch: PackedBatch, image_id: int) -> Tensor:
        """The embeddings of all tokens, with the features of pictures in their places.  # (rows, tokens, width)"""
        embeddings: Tensor = self.language_model.get_input_embeddings()(batch.token_ids)  # (rows, tokens, width)
        if not len(batch.pixels):
            return embeddings
        features = self.features(batch.pixels.to(embeddings.dtype))[batch.picture_of_image]  # (images, queries, width)
        is_image = (batch.token_ids == image_id)[..., None]  # (rows, tokens, 1)
        return embeddings.masked_scatter(is_image, features.to(embeddings.dtype))  # (rows, tokens, width)


def _reading_states(qformer: Blip2QFormerConfig, text: LlamaConfig) -> Blip2QFormerConfig:
    """A Q-Former of the same sizes that reads the states of a language model."""
    return Blip2QFormerConfig.from_dict({**qformer.to_dict(), "encoder_hidden_size": text.hidden_size})
