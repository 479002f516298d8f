"""What a server's reply holds, checked field by field: a client that trusts its types would pass on anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from vlitqa.backends.judges.token_chances import Token
from vlitqa.results import Status

_MOST_TOKENS = 4096


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said, or why there is nothing to read."""

    text: str = ""
    status: Status = Status.OK
    reason: str = ""
    tokens: tuple[Token, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """A call that brought no reply; another one may."""

    reason: str
    again: bool = True
    wait: float = 0.0
    """Seconds that the server asks to wait."""
    http: int = 0


def read_completion(body: bytes) -> Reply | Fault:
    """The reply in the body of a chat completion. A body that is none is the server's fault and may pass;

    a completion without words is the model's.
    """
    try:
        completion = orjson.loads(body)
    except orjson.JSONDecodeError:
        page = body.lstrip()[:1] == b"<"
        return Fault("the server sends a page instead of a reply" if page else "the server's reply is broken JSON")
    choices = completion.get("choices") if type(completion) is dict else None
    if type(choices) is not list:
        return Fault("the server's reply is no chat completion")
    if not choices or type(choices[0]) is not dict or type(message := choices[0].get("message")) is not dict:
        return _wordless("the reply holds no choice")
    if message.get("refusal"):
        return _wordless("the model refuses")
    if (finish := choices[0].get("finish_reason")) in ("length", "content_filter"):
        return _wordless("the reply was cut off" if finish == "length" else "the reply was filtered out")
    if type(text := message.get("content")) is not str or not text.strip():
        return _wordless("the reply is empty")
    return Reply(text, tokens=_tokens(choices[0].get("logprobs")))


def _wordless(reason: str) -> Reply:
    return Reply(status=Status.JUDGE_UNPARSABLE, reason=reason)


def _tokens(logprobs: Any) -> tuple[Token, ...]:
    """The tokens of a reply; none at all if a single one is not as it should be."""
    listed = logprobs.get("content") if type(logprobs) is dict else None
    if type(listed) is not list or len(listed) > _MOST_TOKENS:
        return ()
    try:
        return tuple(
            Token(_text(each["token"]), {_text(one["token"]): _number(one["logprob"]) for one in each["top_logprobs"]})
            for each in listed
        )
    except (KeyError, TypeError):
        return ()


def _text(value: Any) -> str:
    if type(value) is not str:
        raise TypeError
    return value


def _number(value: Any) -> float:
    if type(value) not in (float, int):
        raise TypeError
    return float(value)
