"""Replies in which pictures stand among the words: described, drawn, looked at, and then gone on from.

The keys and values of what came before a picture are kept. Its description is written behind them and forgotten again,
and the features of the picture that was drawn take its place, as those of the real one did in training.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import DynamicCache, GenerationConfig, LlamaForCausalLM

from reference_models.training.sampling import next_tokens
from vlitqa.contracts.models import Sampling


@dataclass(frozen=True, slots=True)
class ReplyTokens:
    """The tokens that begin and end what is no word."""

    start: int
    end: int
    end_of_turn: int
    image: int


def end_before_picture(settings: GenerationConfig, tokens: ReplyTokens) -> GenerationConfig:
    """Settings by which words end where a picture would begin, and begin with none."""
    settings.eos_token_id, settings.begin_suppress_tokens = [tokens.end_of_turn, tokens.start], [tokens.start]
    return settings


class ReplyWriter:
    """Writes token by token behind what was read so far."""

    def __init__(self, language_model: LlamaForCausalLM, tokens: ReplyTokens, sampling: Sampling | None = None) -> None:
        self._language_model, self._tokens, self._sampling = language_model, tokens, sampling
        self._cache = DynamicCache()
        self._logits = torch.empty(0)
        self._states: list[Tensor] = []

    @torch.no_grad()
    def read(self, embeddings: Tensor) -> None:  # (tokens, width)
        """Reads embeddings: those of a whole prompt at once, and later ones each behind the last."""
        is_first = not self._cache.get_seq_length()
        for part in [embeddings] if is_first else torch.split(embeddings, 1):
            outputs = self._language_model(
                inputs_embeds=part[None], past_key_values=self._cache, use_cache=True, output_hidden_states=True
            )
            self._states.append(outputs.hidden_states[-1][0])  # (tokens, width)
            self._logits = outputs.logits[0, -1].float()  # (vocabulary,)

    def write(self, longest: int, *, draws: bool) -> tuple[list[int], bool]:
        """Words up to the end of the turn, or to where a picture would begin; and whether one does, if any may."""
        tokens = self._tokens
        words: list[int] = []
        while len(words) < longest:
            token = self._next([tokens.image, tokens.end, *([] if draws or words else [tokens.start])])
            if token in (tokens.end_of_turn, tokens.start):
                return words, draws and token == tokens.start
            words.append(token)
            self._read_token(token)
        return words, False

    def describe(self, longest: int) -> list[int]:
        """The description of the picture that begins here; it is forgotten again."""
        length, tokens = self._cache.get_seq_length(), self._tokens
        words: list[int] = []
        self._read_token(tokens.start)
        while len(words) < longest:
            token = self._next([tokens.image, tokens.start, tokens.end_of_turn])
            if token == tokens.end:
                break
            words.append(token)
            self._read_token(token)
        self._cache.crop(length - self._cache.get_seq_length())  # a negative number: so many at the end
        return words

    def read_run(self, run: list[int]) -> Tensor:
        """Reads a run of tokens, and returns their states; those of all that was read where there is no run.

        # (states, width)
        """
        for token in run:
            self._read_token(token)
        return torch.cat(self._states[-len(run) :])

    def _next(self, forbidden: list[int]) -> int:
        self._logits[forbidden] = -torch.inf
        return int(next_tokens(self._logits[None], self._sampling))

    def _read_token(self, token: int) -> None:
        embed = self._language_model.get_input_embeddings()
        self.read(embed(torch.tensor([token], device=self._logits.device)))  # (1, width)
