"""Records as MIM learns them: the conversation, and behind it the description of each picture that it draws.

A picture of a response is learned in two places. In the conversation, `<start>` is what comes where the picture
begins; its own tokens follow, which are read and not learned. The description goes on from the same place, in a text of
its own: `<start>`, the words, `<end>`. One forward pass learns both.

Where hidden states are the medium, a run of special tokens may begin the picture in the place of `<start>`, and the
description is there to say what the states should draw: none of its tokens is learned.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from transformers import PreTrainedTokenizerBase

from reference_models.mim.mediums import RUNS, Medium
from reference_models.mim.templates import ROUND_TEMPLATES
from reference_models.training.documents import DocumentReader, ImagePlace, Piece, Template
from vlitqa.contracts.models import Document
from vlitqa.errors import RejectedRecord
from vlitqa.records import Record

IMAGE, START, END = "<image>", "<start>", "<end>"
"""The token of a picture's features, and those around the description of one that is to be drawn."""


@dataclass(frozen=True, slots=True)
class DialogueReader:
    """Reads records with a template and a tokenizer."""

    documents: DocumentReader
    template_name: str
    medium: Medium = "words"

    def read_prompt(self, record: Record) -> Document:
        """The tokens up to the last response."""
        pieces = ROUND_TEMPLATES[self.template_name].pieces(record, is_prompt=True)
        return self._without_drawing(self.documents.read(list(pieces), is_prompt=True))

    def read_text(self, record: Record) -> Document:
        """A dialogue of which the words are learned, and no picture."""
        return self._without_drawing(self.documents.read(list(ROUND_TEMPLATES[self.template_name].pieces(record))))

    def read(self, record: Record) -> Document:
        """A dialogue of which the words are learned, and when to draw what; raises RejectedRecord without captions."""
        pieces = list(self._with_runs(ROUND_TEMPLATES[self.template_name].pieces(record)))
        document = self.documents.read(pieces)
        places = [piece for piece in pieces if isinstance(piece, ImagePlace)]
        firsts = self._is_image(document).nonzero()[0][:: self.documents.tokens_per_image]  # (images,)
        drawn = [(int(first), place.image) for first, place in zip(firsts, places, strict=True) if place.is_target]
        is_target = document.is_target & ~self._is_image(document)  # (tokens,)
        is_target[[first for first, _ in drawn]] = not RUNS[self.medium]
        learned = replace(document, is_target=is_target)
        return self._with_descriptions(learned, [(first, self._description(record, image)) for first, image in drawn])

    def _with_runs(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        """The pieces, with what stands before each picture that is drawn."""
        for piece in pieces:
            if isinstance(piece, ImagePlace) and piece.is_target and RUNS[self.medium]:
                yield Template("".join(RUNS[self.medium]), is_target=True)
            yield piece

    def _with_descriptions(self, document: Document, branches: Sequence[tuple[int, Sequence[int]]]) -> Document:
        """Adds a text for each description behind the dialogue, which goes on from the place of its picture."""
        if not branches:
            return document
        for fork, tokens in branches:
            if fork + len(tokens) > self.documents.context_length:
                raise RejectedRecord("too_long", "the caption of an image in its response does not fit behind it")
        texts = [np.array(tokens, np.int32) for _, tokens in branches]  # (tokens,) each
        lengths = [len(document), *map(len, texts)]
        is_learned = [(np.arange(len(text)) > 0) & (self.medium == "words") for text in texts]
        # (tokens,) each: <start> is learned in the dialogue
        return replace(
            document,
            token_ids=np.concatenate([document.token_ids, *texts]),  # (tokens,)
            is_target=np.concatenate([document.is_target, *is_learned]),  # (tokens,)
            continuation_ids=np.repeat(np.arange(-1, len(texts), dtype=np.int32), lengths),  # (tokens,)
            forks=tuple(fork for fork, _ in branches),
        )

    def _description(self, record: Record, image: int) -> list[int]:
        """The tokens of a caption between those that begin and end it."""
        caption = record.images[image].caption
        if not caption.strip():
            raise RejectedRecord("no_caption", "an image of its response has no caption to learn to draw it by")
        tokenizer = self.documents.tokenizer
        if any(token in caption for token in tokenizer.all_special_tokens):
            raise RejectedRecord("special_token", "a caption holds what the tokenizer reads as a special token")
        ids: list[int] = tokenizer(f"{START}{caption.strip()}{END}", add_special_tokens=False)["input_ids"]
        return ids

    def _without_drawing(self, document: Document) -> Document:
        return replace(document, is_target=document.is_target & ~self._is_image(document))

    def _is_image(self, document: Document) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """True for the tokens of images.  # (tokens,)"""
        is_image: np.ndarray[tuple[int], np.dtype[np.bool_]] = document.token_ids == special_token_id(
            self.documents.tokenizer, IMAGE
        )
        return is_image


def special_token_id(tokenizer: PreTrainedTokenizerBase, token: str) -> int:
    """The number of a special token."""
    number = tokenizer.convert_tokens_to_ids(token)
    assert isinstance(number, int), "a token alone has one number"
    return number
