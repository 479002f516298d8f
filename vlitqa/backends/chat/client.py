"""Calls to an OpenAI-compatible server: patient with a server that is busy, short with one that is broken."""

from __future__ import annotations

import random
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from typing import Any

from vlitqa.backends.chat.address import CALLS, KEY, KEY_FILE, Address, key_of_the_environment
from vlitqa.backends.chat.deadline import DeadlinePassed, call_until, connections_of_this_call
from vlitqa.backends.chat.messages import ChatMessage, ChatRequest
from vlitqa.backends.chat.picture_urls import data_url_of
from vlitqa.backends.chat.reply import FailedCall, Reply, read_completion
from vlitqa.backends.chat.secret import Secret
from vlitqa.errors import RunError, ToolMissing
from vlitqa.results import Status

_ATTEMPTS = 6
_FAILURES_UNTIL_GONE = 20
"""Requests in a row without a reply after which the server is taken to be gone."""
_MOST_BYTES = 2 << 20
"""The largest reply that is read: twenty alternatives for each of its tokens fit several times."""

_HEADERS = {"Accept-Encoding": "identity", "Connection": "close"}
"""Every question has a connection of its own: on a shared one, what a server sends unasked would answer the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Timeouts in seconds, and the number of requests at a time."""

    deadline: float = 180.0
    """For one request with all its attempts."""
    read_timeout: float = 90.0
    """While nothing arrives."""
    first_pause: float = 1.0
    """Before the second attempt; each further one waits twice as long."""
    longest_pause: float = 60.0
    """A server that asks for a longer pause is not asked again."""
    threads: int = 4


PATIENT = Patience()


class ChatServer:
    """One model on one server, with one budget of calls for all threads of a process."""

    def __init__(self, address: Address, patience: Patience) -> None:
        if lack := address.missing():
            raise ToolMissing(lack.what, repair=lack.repair)
        from openai import DefaultHttpxClient, OpenAI

        self.address, self.patience = address, patience
        key = key_of_the_environment()
        self._secret = Secret(key)
        self._lock = threading.Lock()
        self._calls = self._failures_in_a_row = 0
        self._refuses_optional = False
        """True once the server refused optional parameters; it refuses them for all requests alike."""
        hooks: dict[str, list[Any]] = {"request": [_trace_connections], "response": [_refuse_bad_response]}
        # a proxy of the environment would see what is meant for this machine alone
        http = DefaultHttpxClient(follow_redirects=False, event_hooks=hooks, trust_env=not address.is_on_this_machine)
        http.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # one question knows nothing of others
        self._client = OpenAI(
            base_url=address.url,
            api_key=key or "none",
            max_retries=0,
            http_client=http,
            timeout=patience.read_timeout,
        )

    def complete(self, request: ChatRequest, deadline: float) -> Reply:
        """Returns the model's reply, or the reason why none came before this moment of the monotonic clock."""
        if self._failures_in_a_row >= _FAILURES_UNTIL_GONE:
            return _unavailable(f"the server left {_FAILURES_UNTIL_GONE} questions in a row without a reply")
        plain = replace(request, optional_parameters={})
        outcome = self._complete_with_retries(plain if self._refuses_optional else request, deadline)
        if isinstance(outcome, FailedCall) and outcome.http_status in (400, 422) and self._may_refuse_optional(request):
            outcome = self._complete_with_retries(plain, deadline)
            self._refuses_optional = self._refuses_optional or isinstance(outcome, Reply)
        reply = outcome if isinstance(outcome, Reply) else _unavailable(outcome.reason)
        with self._lock:
            is_failure = reply.status is Status.JUDGE_UNAVAILABLE
            self._failures_in_a_row = self._failures_in_a_row + 1 if is_failure else 0
        return reply

    def _may_refuse_optional(self, request: ChatRequest) -> bool:
        return bool(request.optional_parameters) and not self._refuses_optional

    def _complete_with_retries(self, request: ChatRequest, deadline: float) -> Reply | FailedCall:
        outcome: Reply | FailedCall = FailedCall("the deadline passed")
        for attempt in range(_ATTEMPTS):
            if time.monotonic() >= deadline:
                break
            if not self._spend_call():
                reason = f"the budget of {self.address.calls} calls ({CALLS}) is spent"
                return Reply(status=Status.NOT_MEASURED, reason=reason)
            outcome = self._complete_once(request, deadline)
            if isinstance(outcome, Reply) or not outcome.can_retry:
                break
            if outcome.retry_after > self.patience.longest_pause:
                break
            pause = max(outcome.retry_after, self._pause_after(attempt))
            if attempt == _ATTEMPTS - 1 or time.monotonic() + pause >= deadline:
                break
            time.sleep(pause)
        return outcome

    def _pause_after(self, attempt: int) -> float:
        """Seconds to wait: longer each time, and never the same for two processes that were refused together."""
        return min(self.patience.first_pause * 2.0**attempt, self.patience.longest_pause) * random.uniform(0.5, 1.0)

    def _spend_call(self) -> bool:
        """Takes one call from the budget; returns False where it is spent."""
        with self._lock:
            if self.address.calls is not None and self._calls >= self.address.calls:
                return False
            self._calls += 1
            return True

    def _complete_once(self, request: ChatRequest, deadline: float) -> Reply | FailedCall:
        try:
            body = call_until(deadline, partial(self._read_body, request, deadline))
        except DeadlinePassed:
            return FailedCall("the deadline passed before the reply was whole")
        except _BadResponse as error:
            if error.failure.http_status in (401, 403):
                raise RunError(
                    f"The server {self.address.host} refuses the key (HTTP {error.failure.http_status}).",
                    repair=f"Put a key that it accepts into {KEY}, or into a file whose name is in {KEY_FILE}.",
                ) from None
            return error.failure
        except Exception as error:  # noqa: BLE001 - of four libraries; their texts could hold the key
            return FailedCall(f"the server cannot be reached or breaks off ({type(error).__name__})")
        if self._secret.stands_in(body):
            return FailedCall("the server's reply repeats the key", can_retry=False)
        return read_completion(body)

    def _read_body(self, request: ChatRequest, deadline: float) -> bytes:
        """Reads the body of a reply, and never more of it than a reply can have."""
        conversation: Any = [_as_json(message) for message in request.messages]
        drawing = {} if request.top_p is None else {"top_p": request.top_p}
        body = bytearray()
        with self._client.chat.completions.with_streaming_response.create(
            model=self.address.model,
            messages=conversation,
            temperature=request.temperature,
            seed=request.seed,
            max_tokens=request.max_tokens,
            extra_headers=_HEADERS,
            extra_body={**drawing, **request.optional_parameters},
            timeout=min(self.patience.read_timeout, max(deadline - time.monotonic(), 0.01)),
        ) as response:
            for part in response.iter_bytes():
                body += part
                if len(body) > _MOST_BYTES:
                    raise _BadResponse(FailedCall("the server's reply is too large"))
        return bytes(body)


class _BadResponse(Exception):
    """A response that is no reply, and is not read on."""

    def __init__(self, failure: FailedCall) -> None:
        super().__init__(failure.reason)
        self.failure = failure


def _trace_connections(request: Any) -> None:
    request.extensions["trace"] = connections_of_this_call().follow


def _refuse_bad_response(response: Any) -> None:
    """Looks at the head of a response alone: the body of a refusal is never read, so nothing in it can get out."""
    status, headers = int(response.status_code), response.headers
    if 300 <= status < 400:
        raise _BadResponse(
            FailedCall(f"the server sends us elsewhere (HTTP {status})", can_retry=False, http_status=status)
        )
    if status != 200:
        can_retry = status in (408, 409, 425, 429) or status >= 500
        pause = _seconds_until(headers.get("retry-after", ""))
        raise _BadResponse(FailedCall(f"HTTP {status}", can_retry=can_retry, retry_after=pause, http_status=status))
    if headers.get("content-encoding", "identity") != "identity":
        raise _BadResponse(FailedCall("the server's reply is packed", can_retry=False))
    length = headers.get("content-length", "0")
    if length.isdecimal() and int(length) > _MOST_BYTES:
        raise _BadResponse(FailedCall("the server's reply is too large"))


def _seconds_until(retry_after: str) -> float:
    """Seconds until the moment that a Retry-After header names, as a number or a date; 0 where it names none."""
    with suppress(ValueError):
        seconds = float(retry_after)
        return seconds if seconds >= 0.0 else 0.0  # also where it is not a number
    with suppress(ValueError, TypeError):
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    return 0.0


def _as_json(message: ChatMessage) -> dict[str, Any]:
    """A message in the form of the API."""
    if not message.pictures:
        return {"role": message.role, "content": message.text}
    pictures = [{"type": "image_url", "image_url": {"url": data_url_of(picture)}} for picture in message.pictures]
    return {"role": message.role, "content": [*pictures, {"type": "text", "text": message.text}]}


def _unavailable(reason: str) -> Reply:
    return Reply(status=Status.JUDGE_UNAVAILABLE, reason=reason)
