"""OpenFlamingo as the trainer and the exams use it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.nn.functional import cross_entropy
from transformers import PreTrainedTokenizerBase

from reference_models.openflamingo.assembly import FlamingoConfig
from reference_models.openflamingo.decoding import decode
from reference_models.openflamingo.language import TextView
from reference_models.openflamingo.media import place_media
from reference_models.openflamingo.network import FlamingoNetwork
from reference_models.openflamingo.saving import save_parts
from reference_models.openflamingo.templates import IMAGE_TOKEN, chunks_of
from reference_models.training.answering import answer_in_batches
from reference_models.training.documents import DocumentReader, Piece
from reference_models.training.packing import attention_mask, predictors
from reference_models.training.ranking import rank_options
from vlitqa.contracts.models import Document, PackedBatch, Prompt, Sampling, TuningStage
from vlitqa.contracts.tools import Picture
from vlitqa.records import Record
from vlitqa.results.exams import Likelihood

_TRAINED = MappingProxyType(
    {
        "alignment": ("perceiver.", "gated_layers.", "new_token_rows"),
        "tuning": ("perceiver.", "gated_layers."),
    }
)
"""The beginnings of the names of the parameters that each stage trains."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OpenFlamingo:
    """An OpenFlamingo with its tokenizer, and what both are made of."""

    network: FlamingoNetwork
    tokenizer: PreTrainedTokenizerBase
    config: FlamingoConfig

    @property
    def name(self) -> str:
        """The name of its kind."""
        return "openflamingo"

    @property
    def stages(self) -> Mapping[str, TuningStage]:
        """The language model and the tower stay as they are in both."""
        return {
            "alignment": TuningStage(
                "alignment", "The resampler, the gated layers and the rows of two new tokens learn."
            ),
            "tuning": TuningStage("tuning", "The resampler and the gated layers learn; all embeddings stay (Table 8)."),
        }

    @property
    def context_length(self) -> int:
        """The most tokens of a document; an image is one of them."""
        return self.network.language_model.context_length

    @property
    def skips_other_documents(self) -> bool:
        """Gated layers and ALiBi take masks of whole rows."""
        return False

    @property
    def picture_side(self) -> int:
        """The edge of the pictures that its tower reads."""
        return self.config.pictures.side

    @property
    def module(self) -> FlamingoNetwork:
        """All its parameters."""
        return self.network

    @property
    def language_layers(self) -> str:
        """The name of the list of them."""
        return {"opt": "language_model.decoder.layers", "mpt": "language_model.blocks"}[self.config.language]

    def trainable(self, stage: str) -> Iterator[tuple[str, Parameter]]:
        """The parameters that a stage trains."""
        beginnings = _TRAINED[stage]
        return ((name, weight) for name, weight in self.network.trained_parameters() if name.startswith(beginnings))

    def document(self, record: Record) -> Document:
        """Reads a record into tokens."""
        return self._reader().read(list(chunks_of(record, first_token=self.config.first_token)))

    def pixels(self, picture: Picture) -> Tensor:
        """Scales and normalises a picture.  # (3, side, side)"""
        return self.config.pictures.scale(picture)

    def losses(self, batch: PackedBatch) -> Tensor:
        """The negative log-likelihood of every target.  # (targets,)"""
        media = place_media(
            self.network.encode(batch), batch.token_ids == self.config.new_tokens.image, batch.document_ids
        )
        view = TextView(mask=attention_mask(batch), positions=batch.positions, key_positions=batch.positions)
        states = self.network(batch.token_ids, view, media)  # (rows, tokens, width)
        chosen = predictors(batch)  # (rows, tokens)
        logits = self.network.logits(states[chosen]).float()  # (targets, vocabulary)
        return cross_entropy(logits, batch.token_ids.roll(-1, 1)[chosen], reduction="none")  # (targets,)

    @torch.no_grad()
    def answer(self, prompts: Sequence[Prompt], *, longest: int, sampling: Sampling | None = None) -> list[str]:
        """Writes an answer to each prompt."""
        reader, new_tokens = self._reader(), self.config.new_tokens

        def write(batch: PackedBatch, room: int) -> list[list[int]]:
            return decode(self.network, batch, new_tokens, longest=room, sampling=sampling)

        asked = [(reader.read(list(self._prompt_pieces(prompt)), is_prompt=True), prompt) for prompt in prompts]
        return answer_in_batches(self, asked, write, longest=longest, sampling=sampling)

    def rank(self, prompts: Sequence[Prompt], options: Sequence[Sequence[str]]) -> list[list[Likelihood]]:
        """The likelihood of each of its options as the answer to each prompt."""
        return rank_options(self, prompts, options)

    def save(self, folder: Path) -> None:
        """Writes one folder with all that `load_openflamingo` needs."""
        save_parts(folder, self.config, self.network, self.tokenizer)

    def _prompt_pieces(self, prompt: Prompt) -> Iterator[Piece]:
        return chunks_of(prompt.record, first_token=self.config.first_token, is_prompt=True)

    def _reader(self) -> DocumentReader:
        return DocumentReader(
            tokenizer=self.tokenizer,
            image_token=IMAGE_TOKEN,
            tokens_per_image=1,
            context_length=self.context_length,
        )
