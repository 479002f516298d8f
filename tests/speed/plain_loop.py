"""The loop that people write with transformers alone: padded batches, the logits of all tokens, AdamW."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from reference_models.llava.configs import text_config
from reference_models.llava.model import ReferenceLlava
from reference_models.training.batches import LoadedExample

_UNLEARNED = -100
"""The label that transformers does not learn."""


class PlainLoop:
    """Steps of one batch each, padded to its longest document."""

    learning_rate = 1e-5

    def __init__(self, model: ReferenceLlava) -> None:
        self._model = model
        parameters = [parameter for parameter in model.network.parameters() if parameter.requires_grad]
        self._optimizer = torch.optim.AdamW(parameters, lr=self.learning_rate, fused=parameters[0].is_cuda or None)
        text_config(model.network.config)._attn_implementation = "sdpa"

    def step(self, examples: Sequence[LoadedExample], at_once: int) -> float:
        """One step over examples, so many at once; returns its loss."""
        total = 0.0
        parts = [examples[start : start + at_once] for start in range(0, len(examples), at_once)]
        for part in parts:
            loss = self._model.network(**dict(self._inputs(part))).loss / len(parts)
            loss.backward()
            total += float(loss.detach())
        self._optimizer.step()
        self._optimizer.zero_grad()
        return total

    def _inputs(self, part: Sequence[LoadedExample]) -> Iterator[tuple[str, Tensor]]:
        parameter = next(self._model.network.parameters())
        width = max(len(loaded.example.document) for loaded in part)
        token_ids = torch.full((len(part), width), self._model.tokenizer.pad_token_id)  # (documents, tokens)
        labels, is_token = torch.full_like(token_ids, _UNLEARNED), torch.zeros_like(token_ids)
        for row, loaded in enumerate(part):
            document = loaded.example.document
            ids = torch.from_numpy(document.token_ids).long()  # (tokens,)
            token_ids[row, : len(document)], is_token[row, : len(document)] = ids, 1
            labels[row, : len(document)] = ids.where(torch.from_numpy(document.is_target), _UNLEARNED)
        pixels = torch.stack([image for loaded in part for image in loaded.pixels])  # (images, 3, side, side)
        yield "input_ids", token_ids.to(parameter.device)
        yield "attention_mask", is_token.to(parameter.device)
        yield "labels", labels.to(parameter.device)
        yield "pixel_values", pixels.to(parameter)
