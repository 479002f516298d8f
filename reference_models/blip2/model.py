"""BLIP-2 as the trainer and the exams use it: transformers' network, and the template of its dialogues."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.nn.functional import cross_entropy
from transformers import Blip2ForConditionalGeneration, PreTrainedTokenizerBase

from reference_models.blip2.network import image_features, image_places
from reference_models.blip2.processor import blip2_processor
from reference_models.blip2.templates import QUESTION_TEMPLATES
from reference_models.training.answering import answer_in_batches
from reference_models.training.attention import DocumentSpans, attend_within_documents
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

IMAGE_TOKEN = "<image>"
_BETWEEN = (
    "vision_model.post_layernorm.",
    "query_tokens",
    "qformer.",
    "instruction_embeddings.",
    "language_projection.",
)
"""The beginnings of the names of parameters between tower and language model, which every stage trains."""
_LANGUAGE_MODEL = "language_model."


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blip2:
    """A BLIP-2 with its tokenizer, the scaling of its pictures, and the name of its template."""

    network: Blip2ForConditionalGeneration
    tokenizer: PreTrainedTokenizerBase
    scaler: PictureScaler
    template_name: str
    tunes_language_model: bool = True
    """False where tuning leaves the language model as it is, as LAVIS does."""

    def __post_init__(self) -> None:
        attend_within_documents(self.network.language_model.config)

    @property
    def name(self) -> str:
        """The name of its kind."""
        return "blip2"

    @property
    def stages(self) -> Mapping[str, TuningStage]:
        """First all between the tower and the language model, then the language model with it."""
        between = "The queries, the Q-Former and its two ends"
        tuned = f"{between}, and the language model" if self.tunes_language_model else between
        return {
            "alignment": TuningStage("alignment", f"{between} learn to say what pictures show."),
            "tuning": TuningStage("tuning", f"{tuned} learn to answer."),
        }

    @property
    def context_length(self) -> int:
        """The most tokens of a document."""
        length: int = self.network.language_model.config.max_position_embeddings
        return length

    @property
    def skips_other_documents(self) -> bool:
        """Its language model attends within each document."""
        return True

    @property
    def picture_side(self) -> int:
        """The edge of the pictures that its tower reads."""
        return self.scaler.side

    @property
    def module(self) -> Blip2ForConditionalGeneration:
        """All its parameters."""
        return self.network

    @property
    def language_layers(self) -> str:
        """The name of the list of them."""
        return "language_model.model.decoder.layers"

    def trainable(self, stage: str) -> Iterator[tuple[str, Parameter]]:
        """The parameters that a stage trains."""
        is_tuned = {"alignment": False, "tuning": self.tunes_language_model}[stage]
        for name, parameter in self.network.named_parameters():
            if name.startswith(_BETWEEN) or (is_tuned and name.startswith(_LANGUAGE_MODEL)):
                yield name, parameter

    def document(self, record: Record) -> Document:
        """Reads a record into tokens."""
        return self._read(record)

    def pixels(self, picture: Picture) -> Tensor:
        """Scales and normalises a picture.  # (3, side, side)"""
        return self.scaler.scale(picture)

    def losses(self, batch: PackedBatch) -> Tensor:
        """The negative log-likelihood of every target.  # (targets,)"""
        states = self.network.language_model.model.decoder(
            inputs_embeds=self._embed(batch),
            position_ids=batch.positions,
            documents=DocumentSpans.of(batch),
            use_cache=False,
        ).last_hidden_state  # (rows, tokens, width)
        chosen = predictors(batch)  # (rows, tokens)
        logits = self.network.language_model.lm_head(states[chosen]).float()  # (targets, vocabulary)
        return cross_entropy(logits, batch.token_ids.roll(-1, 1)[chosen], reduction="none")  # (targets,)

    @torch.no_grad()
    def answer(self, prompts: Sequence[Prompt], *, longest: int, sampling: Sampling | None = None) -> list[str]:
        """Writes an answer to each prompt."""
        after_response = QUESTION_TEMPLATES[self.template_name].after_response
        end = self.tokenizer(after_response, add_special_tokens=False)["input_ids"][-1]

        def write(batch: PackedBatch, room: int) -> Tensor:
            written: Tensor = self.network.language_model.generate(
                inputs_embeds=self._embed(batch),
                attention_mask=torch.ones_like(batch.token_ids),
                generation_config=generation_settings(
                    room, end=end, padding=self.tokenizer.pad_token_id, sampling=sampling
                ),
            )  # (rows, tokens)
            return written

        asked = [(self._read(prompt.record, is_prompt=True), prompt) for prompt in prompts]
        with _without_dropout(self.network):
            return answer_in_batches(self, asked, write, longest=longest, sampling=sampling)

    def rank(self, prompts: Sequence[Prompt], options: Sequence[Sequence[str]]) -> list[list[Likelihood]]:
        """The likelihood of each of its options as the answer to each prompt."""
        with _without_dropout(self.network):
            return rank_options(self, prompts, options)

    def save(self, folder: Path) -> None:
        """Writes the layout of transformers, which its own `from_pretrained` loads, and what this class adds to it."""
        self.network.save_pretrained(folder)
        blip2_processor(self.network, self.tokenizer, self.scaler).save_pretrained(folder)
        tuned = "all" if self.tunes_language_model else "no language model"
        write_description(folder, ModelDescription("blip2", {"template": self.template_name, "tunes": tuned}))

    def _read(self, record: Record, *, is_prompt: bool = False) -> Document:
        reader = DocumentReader(
            tokenizer=self.tokenizer,
            image_token=IMAGE_TOKEN,
            tokens_per_image=self.network.config.num_query_tokens,
            context_length=self.context_length,
        )
        begin = str(self.tokenizer.bos_token)
        pieces = QUESTION_TEMPLATES[self.template_name].pieces(record, begin=begin, is_prompt=is_prompt)
        return reader.read(list(pieces), is_prompt=is_prompt)

    def _embed(self, batch: PackedBatch) -> Tensor:
        """The embeddings of all tokens, with the features of images in their places.  # (rows, tokens, width)"""
        embeddings: Tensor = self.network.get_input_embeddings()(batch.token_ids)  # (rows, tokens, width)
        if not len(batch.pixels):
            return embeddings
        features = image_features(self.network, batch)  # (images, queries, width)
        is_image = image_places(self.network, batch)[..., None]  # (rows, tokens, 1)
        return embeddings.masked_scatter(is_image, features.to(embeddings.dtype))  # (rows, tokens, width)


@contextmanager
def _without_dropout(network: torch.nn.Module) -> Iterator[None]:
    """Turns dropout off while answers are asked for."""
    was_training = network.training
    network.eval()
    try:
        yield
    finally:
        network.train(was_training)
