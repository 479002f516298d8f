"""Replies of a server, checked field by field: a client that trusts its types would pass on anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from vlitqa.contracts.writers import COMPLETE, CUT_OFF, FILTERED, REFUSED, TokenUsage
from vlitqa.results import Status

_MOST_TOKENS = 4096
_ENDS: Mapping[str, str] = {"length": CUT_OFF, "content_filter": FILTERED}
"""By OpenAI's reason for the end of a reply: ours."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token of a reply, with the log-probabilities of the tokens that could stand in its place."""

    text: str
    log_probabilities: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The text of a model, or a status and the reason why there is none."""

    text: str = ""
    status: Status = Status.OK
    reason: str = ""
    tokens: tuple[Token, ...] = ()
    usage: TokenUsage | None = None
    """None where the server counts no tokens."""
    cut_text: str = ""
    """The text of a reply that was cut off or filtered, which is no answer."""
    end: str = COMPLETE


@dataclass(frozen=True, slots=True)
class FailedCall:
    """A call that brought no reply."""

    reason: str
    can_retry: bool = True
    retry_after: float = 0.0
    """Seconds that the server asks to wait."""
    http_status: int = 0


def read_completion(body: bytes) -> Reply | FailedCall:
    """Reads the reply from the body of a chat completion.

    A body that is no completion is a fault of the server, which may pass; a completion without words is the model's.
    """
    try:
        completion = orjson.loads(body)
    except orjson.JSONDecodeError:
        is_page = body.lstrip()[:1] == b"<"
        return FailedCall(
            "the server sends a page instead of a reply" if is_page else "the server's reply is broken JSON"
        )
    choices = completion.get("choices") if type(completion) is dict else None
    if type(choices) is not list:
        return FailedCall("the server's reply is no chat completion")
    if not choices or type(choices[0]) is not dict or type(message := choices[0].get("message")) is not dict:
        return _without_words("the reply holds no choice", _read_usage(completion.get("usage")))
    usage = _read_usage(completion.get("usage"))
    text = message.get("content")
    if message.get("refusal"):
        return _without_words("the model refuses", usage, end=REFUSED)
    finish = choices[0].get("finish_reason")
    if type(finish) is str and finish in _ENDS:
        reason = "the reply was cut off" if finish == "length" else "the reply was filtered out"
        return _without_words(reason, usage, text if type(text) is str else "", end=_ENDS[finish])
    if type(text) is not str or not text.strip():
        return _without_words("the reply is empty", usage)
    return Reply(text=text, tokens=_read_tokens(choices[0].get("logprobs")), usage=usage)


def _without_words(reason: str, usage: TokenUsage | None = None, cut_text: str = "", end: str = COMPLETE) -> Reply:
    return Reply(status=Status.JUDGE_UNPARSABLE, reason=reason, usage=usage, cut_text=cut_text, end=end)


def _read_usage(usage: Any) -> TokenUsage | None:
    """The tokens that a server counted; None where it counts none."""
    if type(usage) is not dict:
        return None
    prompt, reply = usage.get("prompt_tokens"), usage.get("completion_tokens")
    if type(prompt) is not int or type(reply) is not int or min(prompt, reply) < 0:
        return None
    return TokenUsage(prompt, reply)


def _read_tokens(logprobs: Any) -> tuple[Token, ...]:
    """Reads the tokens of a reply; returns none of them if a single one is malformed."""
    entries = logprobs.get("content") if type(logprobs) is dict else None
    if type(entries) is not list or len(entries) > _MOST_TOKENS:
        return ()
    try:
        return tuple(Token(_text(entry["token"]), _alternatives(entry["top_logprobs"])) for entry in entries)
    except (KeyError, TypeError):
        return ()


def _alternatives(entries: Any) -> dict[str, float]:
    return {_text(entry["token"]): _number(entry["logprob"]) for entry in entries}


def _text(value: Any) -> str:
    if type(value) is not str:
        raise TypeError
    return value


def _number(value: Any) -> float:
    if type(value) not in (float, int):
        raise TypeError
    return float(value)
