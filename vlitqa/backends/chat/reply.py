"""Replies of a server, checked field by field: a client that trusts its types would pass on anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from vlitqa.results import Status

_MOST_TOKENS = 4096


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
        return _without_words("the reply holds no choice")
    if message.get("refusal"):
        return _without_words("the model refuses")
    if (finish := choices[0].get("finish_reason")) in ("length", "content_filter"):
        return _without_words("the reply was cut off" if finish == "length" else "the reply was filtered out")
    if type(text := message.get("content")) is not str or not text.strip():
        return _without_words("the reply is empty")
    return Reply(text=text, tokens=_read_tokens(choices[0].get("logprobs")))


def _without_words(reason: str) -> Reply:
    return Reply(status=Status.JUDGE_UNPARSABLE, reason=reason)


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
