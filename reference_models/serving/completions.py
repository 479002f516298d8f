"""Chat completions: a request answered by a model, and the answer in the form that clients of OpenAI know."""

from __future__ import annotations

import math
import random
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from reference_models.serving.chat_request import ChatCompletionRequest, ChosenReplies, read_request
from reference_models.serving.refusal import Refusal
from vlitqa.backends.image_folder import ImageFolder
from vlitqa.contracts.models import Prompt, ReferenceModel, Sampling
from vlitqa.errors import RejectedRecord
from vlitqa.records import Record

_SHORTEST = "a"
"""A response that has one token, or few."""
_MOST_LETTERS_PER_TOKEN = 32
"""Of a text that could fit: what is longer is not even tokenised."""
_PIECE = 24
"""Letters of a piece of a streamed answer."""


@dataclass(frozen=True, slots=True)
class Completion:
    """An answer, why it ended, and what it took."""

    text: str
    finish_reason: str
    tokens: tuple[int, int]
    """Of the prompt and of the answer."""
    logprobs: Mapping[str, Any] | None = None


class CompletionDesk:
    """A model, the name that it is served under, and the answers to requests, one after the other."""

    def __init__(self, model: ReferenceModel, name: str) -> None:
        self.name = name
        self._model, self._images = model, ImageFolder(())
        self.opened = int(time.time())

    def complete(self, body: bytes) -> tuple[dict[str, Any], bool]:
        """The completion that a request asks for, and whether it is to be streamed; raises Refusal for others."""
        request = read_request(body, self._images, self._model.picture_side)
        if request.model != self.name:
            message = f"There is no model {request.model!r} here; this is {self.name!r}."
            raise Refusal(message, status=404, code="model_not_found", field="model")
        letters = sum(len(turn.instruction or "") + len(turn.response or "") for turn in request.history.turns)
        if letters + len(request.history.system) > _MOST_LETTERS_PER_TOKEN * self._model.context_length:
            message = f"The model reads {self._model.context_length:,} tokens, and these are {letters:,} letters."
            raise Refusal(message, code="context_length_exceeded")
        prompt = request.history.prompt()
        try:
            completion = self._choose(request, prompt) if request.replies else self._write(request, prompt)
        except RejectedRecord as error:
            code = "context_length_exceeded" if error.code == "too_long" else error.code
            raise Refusal(f"The model cannot read this conversation: {error.reason}.", code=code) from None
        return _as_json(completion, self.name), request.streams

    def _write(self, request: ChatCompletionRequest, prompt: Prompt) -> Completion:
        prompt_tokens = self._count_prompt(prompt)
        room = self._model.context_length - prompt_tokens
        if room < 1:
            raise RejectedRecord("too_long", f"it fills all {self._model.context_length:,} tokens that the model reads")
        longest = min(request.longest, room)
        (text,) = self._model.answer([prompt], longest=longest, sampling=request.sampling)
        ends = [place for stop in request.stops if (place := text.find(stop)) >= 0]
        tokens = self._count_answer(prompt, prompt_tokens, text, longest + 1)
        was_cut = not ends and tokens > longest  # behind a whole answer stands the token that ends it
        reason = "length" if was_cut else "stop"
        return Completion(text[: min(ends)] if ends else text, reason, (prompt_tokens, min(tokens, longest)))

    def _choose(self, request: ChatCompletionRequest, prompt: Prompt) -> Completion:
        replies = request.replies
        assert replies, "a request without listed replies is written"
        texts = replies.texts()
        (ranked,) = self._model.rank([prompt], [texts])
        shares = _normalise([likelihood.log_probability for likelihood in ranked])
        place = _draw(shares, request.sampling)
        logprobs = None if request.alternatives is None else _logprobs(replies, place, shares, request.alternatives)
        prompt_tokens = self._count_prompt(prompt)
        tokens = self._count_answer(prompt, prompt_tokens, texts[place], ranked[place].tokens)
        return Completion(texts[place], "stop", (prompt_tokens, tokens), logprobs)

    def _count_prompt(self, prompt: Prompt) -> int:
        """The tokens before an answer."""
        *before, _ = prompt.record.turns
        earlier = replace(prompt.record, turns=tuple(before))
        targets = int(self._model.document(earlier).is_target.sum()) if any(turn.response for turn in before) else 0
        shortest = self._model.document(_answered(prompt, _SHORTEST))
        return len(shortest) - int(shortest.is_target.sum()) + targets

    def _count_answer(self, prompt: Prompt, prompt_tokens: int, text: str, otherwise: int) -> int:
        """The tokens of an answer with the one that ends it; another number where it cannot be read whole."""
        try:
            return len(self._model.document(_answered(prompt, text or _SHORTEST))) - prompt_tokens
        except RejectedRecord:
            return otherwise


def _answered(prompt: Prompt, response: str) -> Record:
    """The record of a prompt with a response to its last turn."""
    *before, last = prompt.record.turns
    return replace(prompt.record, turns=(*before, replace(last, response=response)))


def _normalise(log_probabilities: list[float]) -> list[float]:
    """The logarithms of the shares of texts among each other."""
    highest = max(log_probabilities)
    total = highest + math.log(sum(math.exp(value - highest) for value in log_probabilities))
    return [value - total for value in log_probabilities]


def _draw(shares: list[float], sampling: Sampling | None) -> int:
    """The place of the most probable text, or of one that is drawn."""
    if sampling is None:
        return max(range(len(shares)), key=shares.__getitem__)
    highest = max(shares)
    weights = [math.exp((share - highest) / sampling.temperature) for share in shares]
    return random.Random(sampling.seed).choices(range(len(shares)), weights)[0]


def _logprobs(replies: ChosenReplies, place: int, shares: list[float], alternatives: int) -> Mapping[str, Any]:
    """The value of a reply as one token, with the most probable values in its place."""
    listed = sorted(range(len(shares)), key=lambda other: -shares[other])[:alternatives]
    top = [_token(replies.values[other], shares[other]) for other in listed]
    value = {**_token(replies.values[place], shares[place]), "top_logprobs": top}
    ends = ({**_token(text, 0.0), "top_logprobs": [_token(text, 0.0)]} for text in (replies.before, replies.after))
    before, after = ends
    return {"content": [before, value, after], "refusal": None}


def _token(text: str, logprob: float) -> dict[str, Any]:
    return {"token": text, "logprob": logprob, "bytes": list(text.encode())}


def _as_json(completion: Completion, model: str) -> dict[str, Any]:
    prompt_tokens, tokens = completion.tokens
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": completion.text, "refusal": None},
                "logprobs": completion.logprobs,
                "finish_reason": completion.finish_reason,
            }
        ],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": tokens,
            "total_tokens": prompt_tokens + tokens,
        },
    }


def stream_chunks(completion: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The pieces in which a whole completion is sent to a client that wants to see it grow."""
    (choice,) = completion["choices"]
    text = choice["message"]["content"]
    pieces = [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)]
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}, *({"content": piece} for piece in pieces), {}]
    for number, delta in enumerate(deltas, 1):
        is_last = number == len(deltas)
        finish_reason = choice["finish_reason"] if is_last else None
        logprobs = choice["logprobs"] if is_last else None
        shown = {"index": 0, "delta": delta, "logprobs": logprobs, "finish_reason": finish_reason}
        head = {key: completion[key] for key in ("id", "created", "model")}
        yield {**head, "object": "chat.completion.chunk", "choices": [shown]}
