"""Documents: a record's prompt is tokenised once, and every token knows the piece of the prompt that it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

from vlitqa.algorithms.counted import counted
from vlitqa.contracts.models import Document
from vlitqa.errors import RejectedRecord


@dataclass(frozen=True, slots=True)
class Template:
    """Words of the prompt's template; special tokens among them have their meaning."""

    text: str
    is_target: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """Words of the record, in which nothing is a special token."""

    text: str
    is_target: bool = False


@dataclass(frozen=True, slots=True)
class ImagePlace:
    """The place of an image, and its position in the record's images."""

    image: int
    is_target: bool = False
    """True for an image of a response, which a model could learn to draw."""


Piece = Template | Words | ImagePlace


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentReader:
    """Turns the pieces of a prompt into a document."""

    tokenizer: PreTrainedTokenizerBase
    image_token: str | None
    """The special token that stands for an image in the text; None where the text has nothing in its place."""
    tokens_per_image: int
    context_length: int

    def read(self, pieces: Sequence[Piece], *, is_prompt: bool = False) -> Document:
        """Tokenises the pieces as one text; raises RejectedRecord where the document cannot be learned from.

        A prompt has nothing to learn yet; it is refused only where it is too long.
        """
        texts = [self.image_token or "" if isinstance(piece, ImagePlace) else piece.text for piece in pieces]
        self._refuse_special_tokens(pieces)
        encoding = self.tokenizer("".join(texts), add_special_tokens=False, return_offsets_mapping=True)
        token_ids = np.array(encoding["input_ids"], np.int32)  # (tokens,)
        starts, ends = np.array(encoding["offset_mapping"], np.int64).reshape(-1, 2).T  # (tokens,) each
        piece_ends = np.cumsum([len(text) for text in texts])  # (pieces,)
        piece_of_token = np.searchsorted(piece_ends, ends - 1, side="right")  # (tokens,)
        is_learned = np.array([piece.is_target for piece in pieces], bool)  # (pieces,)
        is_target = is_learned[piece_of_token] & (ends > starts)  # (tokens,)
        copies = self._copies(token_ids)  # (tokens,)
        document = Document(
            token_ids=np.repeat(token_ids, copies),  # (tokens,)
            is_target=np.repeat(is_target, copies),  # (tokens,)
            images=tuple(piece.image for piece in pieces if isinstance(piece, ImagePlace)),
        )
        self._refuse_unlearnable(document, is_prompt=is_prompt)
        return document

    def _copies(self, token_ids: NDArray[np.int32]) -> NDArray[np.int64]:
        """How many tokens each becomes.  # (tokens,)"""
        if self.image_token is None:
            return np.ones(len(token_ids), np.int64)
        image_id = self.tokenizer.convert_tokens_to_ids(self.image_token)
        return np.where(token_ids == image_id, self.tokens_per_image, 1)

    def _refuse_special_tokens(self, pieces: Sequence[Piece]) -> None:
        special_tokens = self.tokenizer.all_special_tokens
        for words in (piece for piece in pieces if isinstance(piece, Words)):
            for token in special_tokens:
                if token in words.text:
                    reason = f"its text holds {token!r}, which the model's tokenizer reads as a special token"
                    raise RejectedRecord("special_token", reason)

    def _refuse_unlearnable(self, document: Document, *, is_prompt: bool) -> None:
        if len(document) > self.context_length:
            images = f" with {counted(len(document.images), 'image')}" if document.images else ""
            reason = f"it has {len(document):,} tokens{images}, and the model reads {self.context_length:,}"
            raise RejectedRecord("too_long", reason)
        if not (is_prompt or document.is_target.any()):
            raise RejectedRecord("no_response", "it has no response to learn from")
