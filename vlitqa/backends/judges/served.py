"""Judges and critics on an OpenAI-compatible server."""

from __future__ import annotations

from dataclasses import dataclass

from vlitqa.backends.chat.address import Address
from vlitqa.backends.chat.client import ChatServer, Patience
from vlitqa.backends.chat.served_model import ServedModel
from vlitqa.backends.judges.answering import AnswerForm, ServedAnswerer
from vlitqa.backends.judges.asking import OpenJudge
from vlitqa.backends.judges.prompt import PROMPT_VERSION, demand_of, read_answer, schema_of
from vlitqa.backends.judges.token_probabilities import answer_probabilities
from vlitqa.backends.judges.verdict_cache import VerdictCache
from vlitqa.storage.places import cache_folder

_MAX_TOKENS = 512
"""Of a reply: an answer needs twenty, a model that thinks aloud some more."""
_ALTERNATIVES = 20
"""Alternatives of a token: the most that servers list."""


@dataclass(frozen=True, slots=True)
class ServerJudge(ServedModel):
    """A served judge that sees the pictures of a sample."""

    def fingerprint(self) -> str:
        """Names the server, the model, the prompt and the temperatures."""
        return _fingerprint(self.address, "with pictures")

    def open(self) -> OpenJudge:
        """Connects to the server and opens the cache of verdicts."""
        return OpenJudge(_answerer(self.address, self.patience, self.fingerprint()))


@dataclass(frozen=True, slots=True)
class ServerCritic(ServedModel):
    """A served judge of texts alone."""

    def fingerprint(self) -> str:
        """Names the server, the model, the prompt and the temperatures."""
        return _fingerprint(self.address, "text only")

    def open(self) -> OpenJudge:
        """Connects to the server and opens the cache of verdicts."""
        return OpenJudge(_answerer(self.address, self.patience, self.fingerprint()), sees_pictures=False)


def _fingerprint(address: Address, input_kind: str) -> str:
    return f"{address.fingerprint()}, {input_kind}, prompt {PROMPT_VERSION}, temperature 0 and then 1"


def _answerer(address: Address, patience: Patience, fingerprint: str) -> ServedAnswerer:
    form = AnswerForm(
        fingerprint=fingerprint,
        demand=demand_of,
        schema=schema_of,
        read=read_answer,
        probabilities=answer_probabilities,
        max_tokens=_MAX_TOKENS,
        alternatives=_ALTERNATIVES,
    )
    return ServedAnswerer(ChatServer(address, patience), VerdictCache(cache_folder()), form)
