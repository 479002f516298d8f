"""The hidden states that a picture is drawn by: all before it, or those of a run of tokens of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from vlitqa.contracts.models import PackedBatch


@dataclass(frozen=True, slots=True)
class DrawnSpan:
    """Consecutive tokens of a row whose states draw a picture, and the tokens of its caption."""

    row: int
    start: int
    stop: int
    caption: tuple[int, ...]


def drawn_spans(batch: PackedBatch, start_id: int, end_id: int, run: int) -> list[DrawnSpan]:
    """The spans of all pictures that are drawn, each of which has a caption that goes on from where it stands.

    A picture is drawn by a run of so many tokens before it; by all of its document before it if the run is 0.
    """
    begins = (batch.token_ids == start_id) & (batch.continuation_ids >= 0)  # (rows, tokens)
    spans = []
    for row, column in begins.nonzero().tolist():
        document = batch.document_ids[row] == batch.document_ids[row, column]  # (tokens,)
        first = int(document.nonzero()[0])
        stop = first + int(batch.forks[row, column])
        ends = (batch.token_ids[row, column:] == end_id).nonzero()  # (ends, 1)
        caption = batch.token_ids[row, column + 1 : column + int(ends[0])]  # (tokens of the caption,)
        spans.append(DrawnSpan(row, stop - run if run else first, stop, tuple(caption.tolist())))
    return spans


def gather_states(states: Tensor, spans: Sequence[DrawnSpan]) -> tuple[Tensor, Tensor]:  # (rows, tokens, width)
    """The states of one or more spans, padded to the longest, and true where they are no padding.

    # (spans, longest, width), (spans, longest)
    """
    gathered = [states[span.row, span.start : span.stop] for span in spans]  # (tokens of the span, width) each
    lengths = torch.tensor([len(part) for part in gathered], device=states.device)  # (spans,)
    padded = pad_sequence(gathered, batch_first=True)  # (spans, longest, width)
    return padded, torch.arange(padded.shape[1], device=states.device) < lengths[:, None]
