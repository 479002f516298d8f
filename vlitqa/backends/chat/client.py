"""Calls to an OpenAI-compatible server: patient with a server that is busy, short with one that is broken."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import Any

from vlitqa.backends.chat.address import CALLS, KEY, KEY_FILE, Address, key_of_the_environment
from vlitqa.backends.chat.picture_urls import data_url_of
from vlitqa.backends.chat.reply import Fault, Reply, read_completion
from vlitqa.backends.judges.prompt import Message
from vlitqa.errors import RunError
from vlitqa.results import Status

_ATTEMPTS = 6
_IN_A_ROW = 20
"""Questions without a reply after which the server is taken to be gone."""
_LARGEST = 2 << 20
"""Bytes of a reply: twenty alternatives for each of its tokens fit several times."""
_SECRET = 16
"""Characters; a shorter key is a word such as `none` for a server that wants no key, and may stand in any reply."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long, in seconds, a server is waited for."""

    deadline: float = 180.0
    """For one question with all its attempts."""
    silence: float = 90.0
    """While nothing arrives."""
    pause: float = 1.0
    """Before the second attempt; each further one waits twice as long."""
    longest_pause: float = 60.0
    """A server that asks for more is not waited for."""
    threads: int = 4


PATIENT = Patience()


@dataclass(frozen=True, slots=True)
class Request:
    """A conversation that a model is to go on with."""

    messages: tuple[Message, ...]
    temperature: float
    seed: int
    most_tokens: int
    wishes: Mapping[str, Any] = field(default_factory=dict)
    """Parameters that a server may not know; it is asked without them if it says so."""


class ChatServer:
    """One model on one server, with one budget, for all threads of a process."""

    def __init__(self, address: Address, patience: Patience) -> None:
        from openai import DefaultHttpxClient, OpenAI

        self.address, self.patience = address, patience
        self._key = key_of_the_environment()
        self._lock = threading.Lock()
        self._calls = self._in_a_row = 0
        self._plain = False
        """Whether the server was seen to refuse wishes; it refuses them for every question alike."""
        http = DefaultHttpxClient(follow_redirects=False, event_hooks={"response": [_refuse_what_is_no_reply]})
        self._client = OpenAI(
            base_url=address.url, api_key=self._key or "none", max_retries=0, http_client=http, timeout=patience.silence
        )

    def say(self, request: Request, end: float) -> Reply:
        """What the model says until this moment of the monotonic clock, or why it says nothing."""
        if self._in_a_row >= _IN_A_ROW:
            return _unavailable(f"the server left {_IN_A_ROW} questions in a row without a reply")
        modest = replace(request, wishes={})
        said = self._insistently(modest if self._plain else request, end)
        if isinstance(said, Fault) and said.http in (400, 422) and request.wishes and not self._plain:
            said = self._insistently(modest, end)
            self._plain = self._plain or isinstance(said, Reply)
        reply = said if isinstance(said, Reply) else _unavailable(said.reason)
        with self._lock:
            self._in_a_row = self._in_a_row + 1 if reply.status is Status.JUDGE_UNAVAILABLE else 0
        return reply

    def _insistently(self, request: Request, end: float) -> Reply | Fault:
        said: Reply | Fault = Fault("the deadline passed")
        for attempt in range(_ATTEMPTS):
            if time.monotonic() >= end:
                break
            if not self._pays():
                reason = f"the budget of {self.address.calls} calls ({CALLS}) is spent"
                return Reply(status=Status.NOT_MEASURED, reason=reason)
            said = self._once(request, end)
            if isinstance(said, Reply) or not said.again or said.wait > self.patience.longest_pause:
                break
            pause = max(said.wait, self._pause(attempt))
            if attempt == _ATTEMPTS - 1 or time.monotonic() + pause >= end:
                break
            time.sleep(pause)
        return said

    def _pause(self, attempt: int) -> float:
        """Longer each time, and never the same for two processes that were refused together."""
        return min(self.patience.pause * 2.0**attempt, self.patience.longest_pause) * random.uniform(0.5, 1.0)

    def _pays(self) -> bool:
        with self._lock:
            if self.address.calls is not None and self._calls >= self.address.calls:
                return False
            self._calls += 1
            return True

    def _once(self, request: Request, end: float) -> Reply | Fault:
        try:
            body = self._body(request, end)
        except _NoReply as refusal:
            if refusal.fault.http in (401, 403):
                raise RunError(
                    f"The server {self.address.host} refuses the key (HTTP {refusal.fault.http}).",
                    repair=f"Put a key that it accepts into {KEY}, or into a file whose name is in {KEY_FILE}.",
                ) from None
            return refusal.fault
        except Exception as error:  # of the client and the three libraries below it; their texts could hold the key
            return Fault(f"the server cannot be reached or breaks off ({type(error).__name__})")
        if len(self._key) >= _SECRET and self._key.encode() in body:
            return Fault("the server's reply repeats the key", again=False)
        return read_completion(body)

    def _body(self, request: Request, end: float) -> bytes:
        """The body of a reply, never more of it than can be one."""
        conversation: Any = [_plain(message) for message in request.messages]
        body = bytearray()
        with self._client.chat.completions.with_streaming_response.create(
            model=self.address.model,
            messages=conversation,
            temperature=request.temperature,
            seed=request.seed,
            max_tokens=request.most_tokens,
            extra_headers={"Accept-Encoding": "identity"},
            extra_body=dict(request.wishes),
            timeout=min(self.patience.silence, max(end - time.monotonic(), 0.01)),
        ) as response:
            for part in response.iter_bytes():
                body += part
                if len(body) > _LARGEST:
                    raise _NoReply(Fault("the server's reply is too large"))
                if time.monotonic() > end:
                    raise _NoReply(Fault("the deadline passed while the reply arrived"))
        return bytes(body)


class _NoReply(Exception):
    """What arrives is no reply, and is not read on."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


def _refuse_what_is_no_reply(response: Any) -> None:
    """Looks at the head of a response alone: the body of a refusal is never read, so nothing in it can get out."""
    status, head = int(response.status_code), response.headers
    if 300 <= status < 400:
        raise _NoReply(Fault(f"the server sends us elsewhere (HTTP {status})", again=False, http=status))
    if status != 200:
        again = status in (408, 409, 425, 429) or status >= 500
        raise _NoReply(Fault(f"HTTP {status}", again, _wait(head.get("retry-after", "")), status))
    if head.get("content-encoding", "identity") != "identity":
        raise _NoReply(Fault("the server's reply is packed", again=False))
    if head.get("content-length", "0").isdecimal() and int(head.get("content-length", "0")) > _LARGEST:
        raise _NoReply(Fault("the server's reply is too large"))


def _wait(text: str) -> float:
    """The seconds or the moment that a server names in Retry-After; 0 where it names none."""
    with suppress(ValueError):
        seconds = float(text)
        return seconds if seconds >= 0.0 else 0.0  # also where it is not a number
    with suppress(ValueError, TypeError):
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    return 0.0


def _plain(message: Message) -> dict[str, Any]:
    """A message as the API has it."""
    if not message.pictures:
        return {"role": message.role, "content": message.text}
    pictures = [{"type": "image_url", "image_url": {"url": data_url_of(each)}} for each in message.pictures]
    return {"role": message.role, "content": [*pictures, {"type": "text", "text": message.text}]}


def _unavailable(reason: str) -> Reply:
    return Reply(status=Status.JUDGE_UNAVAILABLE, reason=reason)
