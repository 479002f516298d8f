"""Packs several texts about one picture into one sequence: the picture is read once, and no text sees another.

A text may also share the beginning of another text of its sequence, which is then read once for both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_PADDING = -1
"""The segment id of what follows the last segment of a sequence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One text of a packed sequence: its tokens, and what is learned from each of them."""

    token_ids: list[int]
    loss_weights: list[float]
    """The weight of every token in the language modelling loss."""
    correctness: list[int]
    """For every token 1 where the text up to it is right, -1 where it is wrong, 0 where neither is known."""
    prefix_segment: int | None = None
    """The id of the segment whose beginning comes before this one; None where nothing but the picture does."""
    prefix_length: int = 0
    """The number of tokens in that beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LossPositions:
    """The tokens whose next token counts in the language modelling loss, and with which weight."""

    rows: NDArray[np.int64]  # (counted,)
    columns: NDArray[np.int64]  # (counted,)
    weights: NDArray[np.float32]  # (counted,)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedSequences:
    """A batch of sequences of segments; each sequence comes after the tokens of one picture."""

    image_length: int
    """The number of tokens before the first segment."""
    token_ids: NDArray[np.int64]  # (rows, longest)
    segment_ids: NDArray[np.int64]  # (rows, longest)
    loss_weights: NDArray[np.float32]  # (rows, longest)
    correctness: NDArray[np.float32]  # (rows, longest)
    position_ids: NDArray[np.int64]  # (rows, image_length + longest)
    """The positions of all tokens, those of the picture among them; a segment goes on from its prefix."""
    prefix_mask: NDArray[np.bool_]  # (rows, longest, longest)
    """True where a token sees a token of its segment's prefix."""

    def attention_mask(self) -> NDArray[np.float32]:
        """Returns what is added to the attention scores: 0 where a token sees another, else minus infinity."""
        rows, longest = self.token_ids.shape
        length = self.image_length + longest
        visible = np.zeros((rows, length, length), bool)  # (rows, length, length)
        visible[:, : self.image_length, : self.image_length] = np.tri(self.image_length, dtype=bool)
        visible[:, self.image_length :, : self.image_length] = True
        same_segment = self.segment_ids[:, :, None] == self.segment_ids[:, None, :]  # (rows, longest, longest)
        causal = np.tri(longest, dtype=bool)  # (longest, longest)
        visible[:, self.image_length :, self.image_length :] = same_segment & causal | self.prefix_mask
        return np.where(visible, 0, -np.inf).astype(np.float32)[:, None]  # (rows, 1, length, length)

    def loss_positions(self) -> LossPositions:
        """Finds the tokens from which a token of the same segment with a loss weight is predicted."""
        same_segment = self.segment_ids[:, 1:] == self.segment_ids[:, :-1]  # (rows, longest - 1)
        weights = self.loss_weights[:, 1:] * same_segment  # (rows, longest - 1)
        rows, columns = np.nonzero(weights)  # (counted,)
        return LossPositions(rows=rows, columns=columns, weights=weights[rows, columns])


def pack_segments(rows: Sequence[Sequence[Segment]], image_length: int) -> PackedSequences:
    """Packs the segments about each picture into one row."""
    longest = max(sum(len(segment.token_ids) for segment in segments) for segments in rows)
    shape = (len(rows), longest)
    packed = PackedSequences(
        image_length=image_length,
        token_ids=np.zeros(shape, np.int64),
        segment_ids=np.full(shape, _PADDING),
        loss_weights=np.zeros(shape, np.float32),
        correctness=np.zeros(shape, np.float32),
        position_ids=np.tile(np.r_[:image_length, np.zeros(longest, np.int64)], (len(rows), 1)),
        prefix_mask=np.zeros((*shape, longest), bool),
    )
    for row, segments in enumerate(rows):
        _fill_row(packed, row, segments)
    return packed


def _fill_row(packed: PackedSequences, row: int, segments: Sequence[Segment]) -> None:
    starts: list[int] = []
    end = 0
    for segment_id, segment in enumerate(segments):
        start, end = end, end + len(segment.token_ids)
        starts.append(start)
        packed.token_ids[row, start:end] = segment.token_ids
        packed.segment_ids[row, start:end] = segment_id
        packed.loss_weights[row, start:end] = segment.loss_weights
        packed.correctness[row, start:end] = segment.correctness
        first_position = packed.image_length + segment.prefix_length
        positions = packed.position_ids[row, packed.image_length :]
        positions[start:end] = np.arange(first_position, first_position + end - start)
        if segment.prefix_segment is not None:
            prefix_start = starts[segment.prefix_segment]
            packed.prefix_mask[row, start:end, prefix_start : prefix_start + segment.prefix_length] = True
