"""The networks of BLIP-2: that of transformers, and one whose Q-Former reads the instruction of an image too."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor
from torch.nn.functional import pad
from torch.nn.utils.rnn import pad_sequence
from transformers import Blip2Config, Blip2ForConditionalGeneration
from transformers.models.blip_2.modeling_blip_2 import Blip2TextEmbeddings

from vlitqa.contracts.models import PackedBatch

_QUERY_STD = 0.02
"""BERT's initializer range, from which LAVIS draws the queries; transformers leaves them all zero, and so all alike."""


class InstructedBlip2(Blip2ForConditionalGeneration):  # type: ignore[no-untyped-call]
    """A BLIP-2 whose queries see the instruction, as in InstructBLIP, in tokens of the language model."""

    def __init__(self, config: Blip2Config) -> None:
        super().__init__(config)
        self.instruction_embeddings = Blip2TextEmbeddings(config.qformer_config)  # type: ignore[no-untyped-call]
        self.post_init()  # type: ignore[no-untyped-call]


def make_blip2_network(config: Blip2Config) -> Blip2ForConditionalGeneration:
    """A network with random weights; its Q-Former reads instructions where its configuration says so."""
    network = network_class(config)(config)
    torch.nn.init.normal_(network.query_tokens, std=_QUERY_STD)
    return network


def network_class(config: Blip2Config) -> type[Blip2ForConditionalGeneration]:
    """The class of the network with a configuration."""
    reads_instruction = getattr(config.qformer_config, "use_qformer_text_input", False)
    return InstructedBlip2 if reads_instruction else Blip2ForConditionalGeneration


def image_places(network: Blip2ForConditionalGeneration, batch: PackedBatch) -> Tensor:
    """True for the tokens that stand for images.  # (rows, tokens)"""
    return batch.token_ids == cast(int, network.config.image_token_index)


def image_features(network: Blip2ForConditionalGeneration, batch: PackedBatch) -> Tensor:
    """What the queries gather of every image, as embeddings of the language model.  # (images, queries, width)"""
    tower = network.vision_model
    with torch.no_grad():
        embedded = tower.embeddings(batch.pixels)  # (pictures, 1 + patches, tower width)
        states = tower.encoder(inputs_embeds=embedded).last_hidden_state  # (pictures, 1 + patches, tower width)
    patches = tower.post_layernorm(states)  # (pictures, 1 + patches, tower width)
    if not isinstance(network, InstructedBlip2):
        return _gather(network, patches, network.query_tokens)[batch.picture_of_image]
    limit, count = network.qformer.config.max_position_embeddings, network.query_tokens.shape[1]
    token_ids, is_token = instructions_of_images(batch, image_places(network, batch), count)
    token_ids, is_token = token_ids[:, :limit], is_token[:, :limit]  # (images, instruction)
    queries = network.query_tokens.expand(len(token_ids), -1, -1)  # (images, queries, Q-Former width)
    queries = network.instruction_embeddings(token_ids, query_embeds=queries)  # (images, all, Q-Former width)
    mask = pad(is_token, (count, 0), value=True).long()  # (images, all)
    return _gather(network, patches[batch.picture_of_image], queries, mask)


def _gather(
    network: Blip2ForConditionalGeneration,
    patches: Tensor,  # (images, 1 + patches, tower width)
    queries: Tensor,  # (images or 1, all, Q-Former width)
    mask: Tensor | None = None,  # (images, all)
) -> Tensor:
    """What the queries gather of patches, as embeddings of the language model.  # (images, queries, width)"""
    count = network.query_tokens.shape[1]
    gathered = network.qformer(
        query_embeds=queries.expand(len(patches), -1, -1),
        query_length=count,
        attention_mask=mask,
        encoder_hidden_states=patches,
    ).last_hidden_state[:, :count]  # (images, queries, Q-Former width)
    projected: Tensor = network.language_projection(gathered.to(patches.dtype))  # (images, queries, width)
    return projected


def instructions_of_images(batch: PackedBatch, is_image: Tensor, tokens_per_image: int) -> tuple[Tensor, Tensor]:
    """The tokens of the turn in which each image stands, up to its response, and which are no padding.

    No response is among them, nor anything of another turn: a later one could not be known when this one is answered.
    """
    follows_target = pad(batch.is_target[:, :-1], (1, 0)) & ~batch.is_target  # (rows, tokens)
    turns = ((batch.positions == 0) | follows_target).cumsum(1)  # (rows, tokens)
    turns = turns + torch.arange(len(turns), device=turns.device)[:, None] * turns.shape[1]  # (rows, tokens)
    turn_of_image = turns[is_image][::tokens_per_image]  # (images,)
    is_word = ~is_image & ~batch.is_target & (batch.document_ids >= 0)  # (rows, tokens)
    words, turns_of_words = batch.token_ids[is_word], turns[is_word]  # (words,)
    instructions = [words[turns_of_words == turn] for turn in turn_of_image.tolist()]
    lengths = torch.tensor([len(instruction) for instruction in instructions], device=words.device)  # (images,)
    token_ids = pad_sequence(instructions, batch_first=True)  # (images, longest)
    return token_ids, torch.arange(token_ids.shape[1], device=words.device) < lengths[:, None]
