"""The hidden states that a picture is drawn by: all before its token, or those of a run of tokens of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from vlitqa.contracts.models import PackedBatch


@dataclass(frozen=True, slots=True)
class StateSpan:
    """Consecutive tokens of a row."""

    row: int
    start: int
    stop: int


def history_spans(batch: PackedBatch, image_id: int) -> list[StateSpan]:
    """For each `<IMG>`, the tokens of its document before it: the last of them emits it."""
    is_image = (batch.token_ids == image_id) & (batch.continuation_ids < 0)  # (rows, tokens)
    places = is_image.nonzero().tolist()  # (pictures, 2)
    spans = [StateSpan(row, place - int(batch.positions[row, place]), place) for row, place in places]
    assert all(span.start < span.stop for span in spans), "a document begins with no picture"
    return spans


def prompt_spans(batch: PackedBatch, prompt_ids: Sequence[int]) -> list[StateSpan]:
    """For each `<IMG1>`, the run of prompt tokens that it begins, `<IMG1>` to `<IMGr>`."""
    first, *others = prompt_ids
    places = (batch.token_ids == first).nonzero().tolist()  # (pictures, 2)
    spans = [StateSpan(row, place, place + len(prompt_ids)) for row, place in places]
    for span in spans:
        run = batch.token_ids[span.row, span.start + 1 : span.stop]  # (r - 1,)
        assert run.tolist() == others, "the first prompt token is followed by all others"
    return spans


def gather_states(states: Tensor, spans: Sequence[StateSpan]) -> tuple[Tensor, Tensor]:  # (rows, tokens, width)
    """The states of one or more spans, padded to the longest, and true where they are no padding.

    # (spans, longest, width), (spans, longest)
    """
    gathered = [states[span.row, span.start : span.stop] for span in spans]  # (tokens of the span, width) each
    lengths = torch.tensor([len(part) for part in gathered], device=states.device)  # (spans,)
    padded = pad_sequence(gathered, batch_first=True)  # (spans, longest, width)
    return padded, torch.arange(padded.shape[1], device=states.device) < lengths[:, None]
