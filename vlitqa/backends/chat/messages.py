"""Conversations as a client sends them: messages with their pictures, and how a model is asked to go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vlitqa.contracts.tools import Picture


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a conversation with a model."""

    role: str
    text: str
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """A conversation that a model is asked to continue."""

    messages: tuple[ChatMessage, ...]
    temperature: float
    seed: int
    max_tokens: int
    top_p: float | None = None
    """None for what the server does by itself."""
    optional_parameters: Mapping[str, Any] = field(default_factory=dict)
    """Parameters that a server may not know; a server that refuses them is asked without them."""
