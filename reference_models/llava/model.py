"""LLaVA as the trainer and the exams use it: transformers' network, and the template of its dialogues."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import cast

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.nn.functional import cross_entropy
from transformers import LlavaForConditionalGeneration, PreTrainedTokenizerBase

from reference_models.llava.configs import IMAGE_TOKEN, patches_of, text_config, vision_config
from reference_models.llava.processor import processor_of
from reference_models.llava.projector import LinearLlava
from reference_models.llava.templates import TEMPLATES
from reference_models.training.answering import answer_in_batches
from reference_models.training.attention import DocumentSpans, attend_within_documents
from reference_models.training.chat_template import ChatTemplate
from reference_models.training.descriptions import ModelDescription, write_description
from reference_models.training.documents import DocumentReader
from reference_models.training.packing import predictors
from reference_models.training.pictures import PictureScaler
from reference_models.training.ranking import rank_options
from reference_models.training.sampling import generation_settings
from vlitqa.contracts.models import Document, PackedBatch, Prompt, Sampling, TuningStage
from vlitqa.contracts.tools import Picture
from vlitqa.records import Record
from vlitqa.results.exams import Likelihood

_TRAINED = MappingProxyType(
    {
        "alignment": ("model.multi_modal_projector.",),
        "tuning": ("model.multi_modal_projector.", "model.language_model.", "lm_head."),
    }
)
"""The beginnings of the names of the parameters that each stage trains."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReferenceLlava:
    """A LLaVA with its tokenizer, the scaling of its pictures, and the name of its template."""

    network: LlavaForConditionalGeneration
    tokenizer: PreTrainedTokenizerBase
    scaler: PictureScaler
    template_name: str

    def __post_init__(self) -> None:
        attend_within_documents(text_config(self.network.config))

    @property
    def name(self) -> str:
        """The name of its kind."""
        return "llava"

    @property
    def stages(self) -> Mapping[str, TuningStage]:
        """First the projector alone, then the language model with it; the tower stays as it is."""
        return {
            "alignment": TuningStage("alignment", "The projector learns to put patches of pictures among the tokens."),
            "tuning": TuningStage("tuning", "The projector and the language model learn to answer."),
        }

    @property
    def context_length(self) -> int:
        """The most tokens of a document."""
        return text_config(self.network.config).max_position_embeddings

    @property
    def skips_other_documents(self) -> bool:
        """Its language model attends within each document."""
        return True

    @property
    def picture_side(self) -> int:
        """The edge of the pictures that its tower reads."""
        return self.scaler.side

    @property
    def module(self) -> LlavaForConditionalGeneration:
        """All its parameters."""
        return self.network

    @property
    def language_layers(self) -> str:
        """The name of the list of them."""
        return "model.language_model.layers"

    def trainable(self, stage: str) -> Iterator[tuple[str, Parameter]]:
        """The parameters that a stage trains."""
        for name, parameter in self.network.named_parameters():
            if name.startswith(_TRAINED[stage]):
                yield name, parameter

    def document(self, record: Record) -> Document:
        """Reads a record into tokens."""
        return self._reader().read(list(self._template().pieces(record)))

    def pixels(self, picture: Picture) -> Tensor:
        """Scales and normalises a picture.  # (3, side, side)"""
        return self.scaler.scale(picture)

    def losses(self, batch: PackedBatch) -> Tensor:
        """The negative log-likelihood of every target.  # (targets,)"""
        states = self.network.model.language_model(
            inputs_embeds=self._embed(batch),
            position_ids=batch.positions,
            documents=DocumentSpans.of(batch),
            use_cache=False,  # transformers would pack wrongly with a cache
        ).last_hidden_state  # (rows, tokens, width)
        chosen = predictors(batch)  # (rows, tokens)
        logits = self.network.lm_head(states[chosen]).float()  # (targets, vocabulary)
        return cross_entropy(logits, batch.token_ids.roll(-1, 1)[chosen], reduction="none")  # (targets,)

    @torch.no_grad()
    def answer(self, prompts: Sequence[Prompt], *, longest: int, sampling: Sampling | None = None) -> list[str]:
        """Writes an answer to each prompt."""
        template, reader = self._template(), self._reader()
        end = self.tokenizer(template.after_response, add_special_tokens=False)["input_ids"][-1]
        generate = cast(Callable[..., Tensor], self.network.generate)  # type: ignore[misc]

        def read(prompt: Prompt) -> Document:
            return reader.read(list(template.pieces(prompt.record, is_prompt=True)), is_prompt=True)

        def write(batch: PackedBatch, room: int) -> Tensor:
            return generate(
                inputs_embeds=self._embed(batch),
                attention_mask=torch.ones_like(batch.token_ids),
                generation_config=generation_settings(
                    room, end=end, padding=self.tokenizer.pad_token_id, sampling=sampling
                ),
            )  # (rows, tokens)

        asked = [(read(prompt), prompt) for prompt in prompts]
        return answer_in_batches(self, asked, write, longest=longest, sampling=sampling)

    def rank(self, prompts: Sequence[Prompt], options: Sequence[Sequence[str]]) -> list[list[Likelihood]]:
        """The likelihood of each of its options as the answer to each prompt."""
        return rank_options(self, prompts, options)

    def save(self, folder: Path) -> None:
        """Writes the layout of transformers, which its own `from_pretrained` loads, and what this class adds to it."""
        self.network.save_pretrained(folder)
        processor_of(self.network, self.tokenizer, self.scaler).save_pretrained(folder)
        projector = "linear" if isinstance(self.network, LinearLlava) else "mlp2x_gelu"
        settings = {"template": self.template_name, "projector": projector}
        write_description(folder, ModelDescription("llava", settings))

    def _template(self) -> ChatTemplate:
        return TEMPLATES[self.template_name]

    def _reader(self) -> DocumentReader:
        return DocumentReader(
            tokenizer=self.tokenizer,
            image_token=IMAGE_TOKEN,
            tokens_per_image=patches_of(vision_config(self.network.config)),
            context_length=self.context_length,
        )

    def _embed(self, batch: PackedBatch) -> Tensor:
        """The embeddings of all tokens, with projected patches in the places of images.  # (rows, tokens, width)"""
        embeddings: Tensor = self.network.get_input_embeddings()(batch.token_ids)  # (rows, tokens, width)
        if not len(batch.pixels):
            return embeddings
        inner, config = self.network.model, self.network.config
        with torch.no_grad():
            pixels = batch.pixels.to(embeddings.dtype)  # (pictures, 3, side, side)
            layers = inner.vision_tower(pixels, output_hidden_states=True).hidden_states
            patches = layers[config.vision_feature_layer][:, 1:]  # (pictures, patches, tower width)
        projected = inner.multi_modal_projector(patches)[batch.picture_of_image]  # (images, patches, width)
        is_image = (batch.token_ids == config.image_token_index)[..., None]  # (rows, tokens, 1)
        return embeddings.masked_scatter(is_image, projected.to(embeddings.dtype))  # (rows, tokens, width)
