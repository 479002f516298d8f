"""MIM as the trainer and the exams use it, and with a painter in conversations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import cast

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.nn.functional import cross_entropy
from transformers import PreTrainedTokenizerBase

from reference_models.mim.conditioning import ConditioningQFormer, conditioning_loss, encode_captions
from reference_models.mim.mediums import RUNS, Medium
from reference_models.mim.network import MimNetwork
from reference_models.mim.painter import DiffusionPainter
from reference_models.mim.reader import END, IMAGE, START, DialogueReader, special_token_id
from reference_models.mim.reply import ReplyTokens, ReplyWriter, end_before_picture
from reference_models.mim.saving import save_mim
from reference_models.mim.state_spans import drawn_spans, gather_states
from reference_models.mim.templates import ROUND_TEMPLATES
from reference_models.training.answering import answer_in_batches
from reference_models.training.attention import DocumentSpans, attend_within_documents
from reference_models.training.documents import DocumentReader
from reference_models.training.packing import batch_rows, predictors, to_device
from reference_models.training.pictures import PictureScaler
from reference_models.training.prompts import device_of, pixels_of
from reference_models.training.ranking import rank_options
from reference_models.training.sampling import drawing, generation_settings
from vlitqa.contracts.conversations import DrawnPicture, Painter
from vlitqa.contracts.models import Document, PackedBatch, Prompt, Sampling, TuningStage
from vlitqa.contracts.tools import Picture
from vlitqa.errors import UsageError
from vlitqa.records import Record
from vlitqa.results.exams import Likelihood

_BETWEEN = ("query_tokens", "qformer.", "qformer_projection.", "conditioner.")
_TRAINED = MappingProxyType({"alignment": _BETWEEN, "tuning": (*_BETWEEN, "language_model.")})
"""The beginnings of the names of the parameters that each stage trains."""
_PICTURE_WEIGHT = 10
"""By which the squared error of a conditioning counts beside the loss of one token."""
_LONGEST_DESCRIPTION = 96
"""Tokens of the description of a picture: more than its text encoder reads."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mim:
    """A MIM with its tokenizer, the scaling of its pictures, and the name of its template."""

    network: MimNetwork
    tokenizer: PreTrainedTokenizerBase
    scaler: PictureScaler
    template_name: str
    medium: Medium = "words"
    """What a picture is drawn by."""
    painter: DiffusionPainter | None = None
    """Where states are the medium: the painter whose conditioning they learn. It is saved by itself."""
    learns_to_draw: bool = True
    """False where pictures of responses are read and not learned, as when options are compared."""

    def __post_init__(self) -> None:
        attend_within_documents(self.network.language_model.config)

    @property
    def name(self) -> str:
        """The name of its kind."""
        return "mim"

    @property
    def stages(self) -> Mapping[str, TuningStage]:
        """First the Q-Former alone, then the language model with it; the tower stays as it is."""
        return {
            "alignment": TuningStage("alignment", "The queries, the Q-Former and its projection learn to see."),
            "tuning": TuningStage("tuning", "They and the language model learn to answer, and what to draw where."),
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
    def module(self) -> MimNetwork:
        """All its parameters."""
        return self.network

    @property
    def language_layers(self) -> str:
        """The name of the list of them."""
        return "language_model.model.layers"

    def trainable(self, stage: str) -> Iterator[tuple[str, Parameter]]:
        """The parameters that a stage trains."""
        return ((name, weight) for name, weight in self.network.named_parameters() if name.startswith(_TRAINED[stage]))

    def document(self, record: Record) -> Document:
        """Reads a record into tokens; raises RejectedRecord where a picture of a response has no caption."""
        return self._reader().read(record) if self.learns_to_draw else self._reader().read_text(record)

    def pixels(self, picture: Picture) -> Tensor:
        """Scales and normalises a picture.  # (3, side, side)"""
        return self.scaler.scale(picture)

    def losses(self, batch: PackedBatch) -> Tensor:
        """The negative log-likelihood of every target.  # (targets,)"""
        image, start = special_token_id(self.tokenizer, IMAGE), special_token_id(self.tokenizer, START)
        states = self.network.language_model.model(
            inputs_embeds=self.network.embed(batch, image),
            position_ids=batch.positions,
            documents=DocumentSpans.of(batch),
            use_cache=False,
        ).last_hidden_state  # (rows, tokens, width)
        learned = batch.token_ids.masked_fill((batch.token_ids == image) & batch.is_target, start)  # (rows, tokens)
        chosen = predictors(batch)  # (rows, tokens)
        logits = self.network.language_model.lm_head(states[chosen]).float()  # (targets, vocabulary)
        of_words = cross_entropy(logits, learned.roll(-1, 1)[chosen], reduction="none")  # (targets,)
        return of_words if self.medium == "words" else torch.cat([of_words, self._losses_of_pictures(batch, states)])

    def _losses_of_pictures(self, batch: PackedBatch, states: Tensor) -> Tensor:  # (rows, tokens, width)
        """The squared error of all conditionings, which weighs as so many tokens for each.  # (1 or 0,)"""
        tokens = self._reply_tokens()
        start = special_token_id(self.tokenizer, START)
        spans = drawn_spans(batch, start, tokens.end, len(RUNS[self.medium]))
        if not spans:
            return states.new_empty(0)
        conditioner, painter = self._conditioner(), self._state_painter()
        captions = [self._text(list(span.caption)) for span in spans]
        target = encode_captions(painter.pipeline, captions)
        loss = conditioning_loss(conditioner(*gather_states(states, spans)), target)  # ()
        return (_PICTURE_WEIGHT * len(spans) * loss)[None].float()

    @torch.no_grad()
    def answer(self, prompts: Sequence[Prompt], *, longest: int, sampling: Sampling | None = None) -> list[str]:
        """Writes an answer to each prompt in words alone: it ends where a picture would begin, and begins with none."""
        tokens, padding = self._reply_tokens(), cast(int, self.tokenizer.pad_token_id)
        generate = cast(Callable[..., Tensor], self.network.language_model.generate)  # type: ignore[misc]
        marks = (tokens.end, tokens.image, *self._run()[1:])

        def write(batch: PackedBatch, room: int) -> Tensor:
            settings = generation_settings(
                room, end=tokens.end_of_turn, padding=padding, sampling=sampling, suppressed=marks
            )
            return generate(
                inputs_embeds=self.network.embed(batch, tokens.image),
                attention_mask=torch.ones_like(batch.token_ids),
                generation_config=end_before_picture(settings, tokens),
            )  # (rows, tokens)

        asked = [(self._reader().read_prompt(prompt.record), prompt) for prompt in prompts]
        return answer_in_batches(self, asked, write, longest=longest, sampling=sampling)

    @torch.no_grad()
    def reply(
        self, prompt: Prompt, painter: Painter, *, longest: int, pictures: int = 4, sampling: Sampling | None = None
    ) -> list[str | DrawnPicture]:
        """Writes an answer in which up to so many pictures stand; each is drawn by its description, and then seen."""
        with drawing(sampling, device_of(self)):
            return self._reply(prompt, painter, longest=longest, pictures=pictures, sampling=sampling)

    def _reply(
        self, prompt: Prompt, painter: Painter, *, longest: int, pictures: int, sampling: Sampling | None
    ) -> list[str | DrawnPicture]:
        document, tokens = self._reader().read_prompt(prompt.record), self._reply_tokens()
        batch = to_device(batch_rows([[document]], pixels_of([document], [prompt], self.pixels)), device_of(self))
        writer = ReplyWriter(self.network.language_model, tokens, sampling)
        writer.read(self.network.embed(batch, tokens.image)[0])
        parts: list[str | DrawnPicture] = []
        for _ in range(pictures + 1):
            words, begins_picture = writer.write(longest, draws=sum(map(_is_picture, parts)) < pictures)
            longest -= len(words)
            parts.append(self._text(words))
            if not begins_picture:
                break
            drawn = self._draw(writer, painter)
            parts.append(drawn)
            pixels = self.pixels(drawn.picture)[None].to(batch.pixels)  # (1, 3, side, side)
            writer.read(self.network.features(pixels)[0])
        return [part for part in parts if part]

    def _draw(self, writer: ReplyWriter, painter: Painter) -> DrawnPicture:
        """The picture that begins here; it has no description where hidden states draw it."""
        if self.medium == "words":
            description = self._text(writer.describe(_LONGEST_DESCRIPTION))
            return DrawnPicture(description, painter.paint(description))
        states = writer.read_run(self._run())[None]  # (1, states, width)
        is_read = torch.ones(states.shape[:2], dtype=torch.bool, device=states.device)  # (1, states)
        return DrawnPicture("", self._state_painter().paint_conditioning(self._conditioner()(states, is_read)))

    def _run(self) -> list[int]:
        """The tokens that stand before a picture that is drawn."""
        return [special_token_id(self.tokenizer, token) for token in RUNS[self.medium]]

    def _conditioner(self) -> ConditioningQFormer:
        assert self.network.conditioner is not None, "a model whose medium are states has one"
        return self.network.conditioner

    def _state_painter(self) -> DiffusionPainter:
        """The painter of its conditioning; raises UsageError without one."""
        if self.painter is None:
            message = "this MIM draws by hidden states, and knows no painter"
            raise UsageError(message, repair="Open it with the painter that it learned from.")
        return self.painter

    def rank(self, prompts: Sequence[Prompt], options: Sequence[Sequence[str]]) -> list[list[Likelihood]]:
        """The likelihood of each of its options as the answer to each prompt."""
        return rank_options(replace(self, learns_to_draw=False), prompts, options)

    def save(self, folder: Path) -> None:
        """Writes one folder with all that `load_mim` needs."""
        settings = {"template": self.template_name, "medium": self.medium}
        save_mim(folder, self.network, self.tokenizer, self.scaler, settings)

    def _reader(self) -> DialogueReader:
        documents = DocumentReader(
            tokenizer=self.tokenizer,
            image_token=IMAGE,
            tokens_per_image=self.network.queries,
            context_length=self.context_length,
        )
        return DialogueReader(documents, self.template_name, self.medium)

    def _text(self, token_ids: list[int]) -> str:
        (text,) = self.tokenizer.batch_decode([token_ids], skip_special_tokens=True)
        return text.strip()

    def _reply_tokens(self) -> ReplyTokens:
        end = self.tokenizer(ROUND_TEMPLATES[self.template_name].after_response, add_special_tokens=False)["input_ids"][
            -1
        ]
        start, close, image = (special_token_id(self.tokenizer, token) for token in (START, END, IMAGE))
        return ReplyTokens(start=next(iter(self._run()), start), end=close, end_of_turn=end, image=image)


def _is_picture(part: str | DrawnPicture) -> bool:
    return isinstance(part, DrawnPicture)
