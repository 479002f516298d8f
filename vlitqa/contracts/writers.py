"""Writers: language models that make the texts of instruction data; they see words alone, no picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from msgspec import Struct

COMPLETE, CUT_OFF, FILTERED, REFUSED, UNAVAILABLE = "complete", "cut off", "filtered", "refused", "unavailable"
"""How a reply ends: whole, at the limit of tokens, by the server's filter, by a refusal; or there is none."""


class WriterMessage(Struct, frozen=True):
    """One message of a prompt."""

    role: str
    """system, user or assistant."""
    text: str


class WriterRequest(Struct, frozen=True, kw_only=True):
    """A prompt, and how the reply is drawn."""

    messages: tuple[WriterMessage, ...]
    temperature: float = 1.0
    top_p: float = 1.0
    seed: int = 0
    max_tokens: int = 1024


class TokenUsage(Struct, frozen=True):
    """The tokens of a prompt and of its reply."""

    prompt: int
    reply: int
    is_estimate: bool = False
    """True where the server did not count them."""


class WriterReply(Struct, frozen=True, kw_only=True):
    """What a writer replied, as it came, or why there is nothing."""

    text: str = ""
    end: str = COMPLETE
    reason: str = ""
    """Why there is no reply, or no whole one."""
    usage: TokenUsage | None = None
    """None where nothing was paid for."""


class Writer(Protocol):
    """Writes replies to prompts."""

    @property
    def batch_size(self) -> int:
        """How many requests are written on at once, and may change each other's rounding; 1 where none does."""
        ...

    def replies(self, requests: Iterable[WriterRequest]) -> Iterator[WriterReply]:
        """The reply to every request, in order, with a bounded number of requests in flight."""
        ...

    def fingerprint(self) -> str:
        """A text that changes whenever the replies could."""
        ...

    def count_tokens(self, request: WriterRequest) -> int:
        """The tokens of a prompt, as well as they can be told before it is sent."""
        ...
