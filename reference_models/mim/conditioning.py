"""The conditioning of a diffusion model, from words or from the hidden states of a language model.

The first two variants of the paper write no description: a second Q-Former turns hidden states into what the text
encoders of Stable Diffusion would make of the caption, and learns it by the mean squared error. The paper found that
both generalize poorly, since many pictures suit one conversation and their mean is none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss
from transformers import Blip2QFormerConfig, Blip2QFormerModel

from reference_models.mim.pipeline import Pipeline

_QUERY_STD = 0.02
"""BERT's initializer range; queries of zeros would all gather the same."""


@dataclass(frozen=True, slots=True)
class ConditioningShape:
    """The sizes of the conditioning that a diffusion model reads."""

    tokens: int
    width: int
    pooled_width: int | None
    """None for models that read no pooled embedding: only Stable Diffusion XL does."""


@dataclass(frozen=True, slots=True, eq=False)
class Conditioning:
    """What a diffusion model reads of the texts of some pictures."""

    tokens: Tensor  # (pictures, tokens, width)
    pooled: Tensor | None  # (pictures, pooled width)

    @property
    def shape(self) -> ConditioningShape:
        """Its sizes, apart from the number of pictures."""
        _, tokens, width = self.tokens.shape
        return ConditioningShape(tokens, width, None if self.pooled is None else self.pooled.shape[-1])


class ConditioningQFormer(nn.Module):
    """Turns hidden states of a language model, of the width of the Q-Former's encoder, into a conditioning."""

    def __init__(self, config: Blip2QFormerConfig, shape: ConditioningShape) -> None:
        super().__init__()
        queries = shape.tokens + (shape.pooled_width is not None)
        self.query_tokens = nn.Parameter(torch.empty(1, queries, config.hidden_size))  # (1, queries, Q-Former width)
        nn.init.normal_(self.query_tokens, std=_QUERY_STD)
        self.shape = shape
        self.qformer = Blip2QFormerModel(config)
        self.token_projection = nn.Linear(config.hidden_size, shape.width)
        self.pooled_projection = nn.Linear(config.hidden_size, shape.pooled_width) if shape.pooled_width else None

    def forward(self, states: Tensor, is_read: Tensor) -> Conditioning:  # (pictures, states, width), (pictures, states)
        """The conditioning of each picture; states that are not read, such as padding, change nothing."""
        gathered = self.qformer(
            query_embeds=self.query_tokens.expand(len(states), -1, -1),
            encoder_hidden_states=states,
            encoder_attention_mask=is_read.long(),
        ).last_hidden_state  # (pictures, queries, Q-Former width)
        if self.pooled_projection is None:
            return Conditioning(self.token_projection(gathered), None)
        pooled = self.pooled_projection(gathered[:, -1])  # (pictures, pooled width)
        return Conditioning(self.token_projection(gathered[:, :-1]), pooled)


def conditioning_loss(predicted: Conditioning, target: Conditioning) -> Tensor:
    """The mean squared error of the tokens, and that of the pooled embeddings where there are any, added.  # ()"""
    loss = mse_loss(predicted.tokens, target.tokens)  # ()
    if predicted.pooled is None or target.pooled is None:
        return loss
    return loss + mse_loss(predicted.pooled, target.pooled)  # ()


@torch.no_grad()
def encode_captions(pipeline: Pipeline, captions: Sequence[str]) -> Conditioning:
    """What the frozen text encoders of a pipeline make of captions: the targets, in single precision."""
    encoded = pipeline.encode_prompt(
        prompt=list(captions), device=pipeline.device, num_images_per_prompt=1, do_classifier_free_guidance=False
    )
    tokens, pooled = encoded[0], encoded[2] if len(encoded) > 2 else None  # (captions, tokens, width), (captions, w.)
    assert tokens is not None, "every text encoder gives embeddings"
    return Conditioning(tokens.float(), None if pooled is None else pooled.float())


def conditioning_shape(pipeline: Pipeline) -> ConditioningShape:
    """The sizes of the conditioning that a pipeline reads."""
    return encode_captions(pipeline, [""]).shape
