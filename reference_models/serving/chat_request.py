"""A request for a chat completion, read field by field; what this endpoint cannot keep, it refuses."""

from __future__ import annotations

import json
import math
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from reference_models.serving.chat_history import ChatHistory
from reference_models.serving.messages import read_history
from reference_models.serving.refusal import Refusal
from vlitqa.contracts.models import Sampling
from vlitqa.contracts.tools import Images

USUAL_LENGTH, GREATEST_LENGTH = 256, 4_096
"""Tokens of an answer: where a request names no number, and at most."""
_MOST_REPLIES, _MOST_STOPS, _MOST_LISTED = 64, 4, 20
_COLDEST, _HOTTEST = 1e-3, 2.0
"""Temperatures between which an answer is drawn; below, the most probable one would be, but for rounding."""
_UNKEPT = ("tools", "functions", "logit_bias", "audio", "prediction", "web_search_options")
"""Parameters that would change the answer, and that no model of ours keeps."""
_NEUTRAL: Mapping[str, Any] = {"n": 1, "presence_penalty": 0, "frequency_penalty": 0, "tool_choice": "none"}
"""Parameters of which one value alone is kept, which is that of a request without them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenReplies:
    """The only replies that a schema allows: JSON objects with one field, and the values that it may have."""

    before: str
    """The beginning of each reply, up to its value."""
    values: tuple[str, ...]
    after: str

    def texts(self) -> list[str]:
        """The replies, whole."""
        return [f"{self.before}{value}{self.after}" for value in self.values]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatCompletionRequest:
    """A conversation that is to be answered, and how."""

    model: str
    history: ChatHistory
    longest: int = USUAL_LENGTH
    sampling: Sampling | None = None
    """None: greedily."""
    stops: tuple[str, ...] = ()
    """Texts before which an answer ends."""
    replies: ChosenReplies | None = None
    alternatives: int | None = None
    """Values that are listed beside that of a chosen reply, with their probabilities; None where none is asked for."""
    streams: bool = False


def read_request(body: bytes, images: Images, side: int) -> ChatCompletionRequest:
    """Reads the body of a request; raises Refusal where it asks for what cannot be given."""
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refusal(f"The body is no JSON ({error}).", code="invalid_json") from None
    if not isinstance(fields, dict):
        raise Refusal("The body must be a JSON object.", code="invalid_json")
    _refuse_unkept(fields)
    replies = _read_replies(fields.get("response_format"))
    return ChatCompletionRequest(
        model=_text(fields, "model"),
        history=read_history(fields.get("messages"), images, side),
        longest=_read_length(fields),
        sampling=_read_sampling(fields),
        stops=_read_stops(fields.get("stop")),
        replies=replies,
        alternatives=_read_alternatives(fields, replies),
        streams=bool(fields.get("stream")),
    )


def _refuse_unkept(fields: Mapping[str, Any]) -> None:
    for name in _UNKEPT:
        if fields.get(name):
            raise Refusal(f"`{name}` is not supported.", code="unsupported_parameter", field=name)
    for name, neutral in _NEUTRAL.items():
        if fields.get(name) not in (None, neutral):
            message = f"`{name}` must be {neutral!r}: nothing else is supported."
            raise Refusal(message, code="unsupported_parameter", field=name)


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise Refusal(f"`{name}` must be a text.", field=name)
    return value


def _number(fields: Mapping[str, Any], name: str, low: float, high: float) -> float | None:
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        bounds = f"of at least {low:g}" if high == math.inf else f"from {low:g} to {high:g}"
        raise Refusal(f"`{name}` must be a number {bounds}.", field=name)
    return value


def _read_length(fields: Mapping[str, Any]) -> int:
    name = "max_tokens" if fields.get("max_completion_tokens") is None else "max_completion_tokens"
    longest = _number(fields, name, 1, math.inf)
    return USUAL_LENGTH if longest is None else min(int(longest), GREATEST_LENGTH)


def _read_sampling(fields: Mapping[str, Any]) -> Sampling | None:
    """How an answer is drawn; a request that names no temperature, or 0, gets the most probable one."""
    temperature, top_p = _number(fields, "temperature", 0, _HOTTEST), _number(fields, "top_p", 0, 1)
    seed = _number(fields, "seed", -(2**63), 2**63 - 1)
    if temperature is None or temperature < _COLDEST or top_p == 0:
        return None
    seed = secrets.randbits(63) if seed is None else int(seed) % 2**63
    return Sampling(temperature=float(temperature), top_p=1.0 if top_p is None else float(top_p), seed=seed)


def _read_stops(stop: Any) -> tuple[str, ...]:
    stops = [stop] if isinstance(stop, str) else stop or []
    if not isinstance(stops, list) or len(stops) > _MOST_STOPS or not all(isinstance(text, str) for text in stops):
        raise Refusal(f"`stop` must be a text, or a list of up to {_MOST_STOPS}.", field="stop")
    return tuple(text for text in stops if text)


def _read_alternatives(fields: Mapping[str, Any], replies: ChosenReplies | None) -> int | None:
    if not fields.get("logprobs"):
        return None
    if replies is None:
        message = "`logprobs` are given only with a `response_format` whose schema lists the answers."
        raise Refusal(message, code="unsupported_parameter", field="logprobs")
    return int(_number(fields, "top_logprobs", 0, _MOST_LISTED) or 0)


def _read_replies(response_format: Any) -> ChosenReplies | None:
    """The replies that a format allows, if it lists them; None for any text."""
    kind = response_format.get("type") if isinstance(response_format, dict) else response_format
    if kind in (None, "text"):
        return None
    schema = response_format.get("json_schema") if kind == "json_schema" else None
    schema = schema.get("schema") if isinstance(schema, dict) else None
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(properties, dict) or len(properties) != 1:
        raise _unlisted()
    ((name, value),) = properties.items()
    listed = value.get("enum") if isinstance(value, dict) else None
    if not isinstance(listed, list) or not 0 < len(listed) <= _MOST_REPLIES:
        raise _unlisted()
    return _replies(name, listed)


def _replies(name: str, listed: Sequence[Any]) -> ChosenReplies:
    if all(isinstance(value, str) for value in listed):
        values = [json.dumps(value, ensure_ascii=False)[1:-1] for value in listed]
        quote = '"'
    elif all(isinstance(value, int | float | bool) for value in listed):
        values, quote = [json.dumps(value) for value in listed], ""
    else:
        raise _unlisted()
    before = f"{{{json.dumps(name, ensure_ascii=False)}: {quote}"
    return ChosenReplies(before=before, values=tuple(dict.fromkeys(values)), after=f"{quote}}}")


def _unlisted() -> Refusal:
    message = (
        "`response_format` must be text, or a `json_schema` of an object with one property whose `enum` lists up to "
        f"{_MOST_REPLIES} texts, or numbers: the most probable of them is chosen."
    )
    return Refusal(message, code="unsupported_parameter", field="response_format")
