"""A writer on any OpenAI-compatible server."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from vlitqa.backends.chat.client import ChatServer
from vlitqa.backends.chat.messages import ChatMessage, ChatRequest
from vlitqa.backends.chat.reply import Reply
from vlitqa.backends.chat.served_model import ServedModel
from vlitqa.contracts.writers import UNAVAILABLE, TokenUsage, WriterReply, WriterRequest
from vlitqa.results import Status

_LETTERS_OF_TOKEN = 4
"""Of English text, where the server counts no tokens; used for estimates alone."""
_TOKENS_OF_MESSAGE = 4
"""What chat formats add to each message, about."""


@dataclass(frozen=True, slots=True)
class ServedWriter(ServedModel):
    """A writer on an OpenAI-compatible server, written `server:URL@MODEL`."""

    def with_threads(self, threads: int) -> ServedWriter:
        """The same writer, sent so many requests at a time."""
        return replace(self, patience=replace(self.patience, threads=threads))

    def fingerprint(self) -> str:
        """Names the server by a digest, and the model."""
        return self.address.fingerprint()

    def open(self) -> OpenServedWriter:
        """Connects to the server."""
        return OpenServedWriter(ChatServer(self.address, self.patience), self.fingerprint())


class OpenServedWriter:
    """A server that is asked in several threads, with the replies in order."""

    batch_size = 1
    """No reply depends on what else is asked."""

    def __init__(self, server: ChatServer, fingerprint: str) -> None:
        self._server, self._fingerprint = server, fingerprint

    def fingerprint(self) -> str:
        """Names the server by a digest, and the model."""
        return self._fingerprint

    def replies(self, requests: Iterable[WriterRequest]) -> Iterator[WriterReply]:
        """The reply to every request, in order; twice as many requests as threads are in flight at most."""
        threads = self._server.patience.threads
        pool = ThreadPoolExecutor(threads)
        waiting: deque[Future[WriterReply]] = deque()
        try:
            for request in requests:
                waiting.append(pool.submit(self._reply, request))
                if len(waiting) >= threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def count_tokens(self, request: WriterRequest) -> int:
        """An estimate by the letters of the prompt."""
        letters = sum(len(message.text) for message in request.messages)
        return letters // _LETTERS_OF_TOKEN + _TOKENS_OF_MESSAGE * len(request.messages)

    def _reply(self, request: WriterRequest) -> WriterReply:
        chat = ChatRequest(
            messages=tuple(ChatMessage(message.role, message.text) for message in request.messages),
            temperature=request.temperature,
            top_p=request.top_p,
            seed=request.seed,
            max_tokens=request.max_tokens,
        )
        reply = self._server.complete(chat, time.monotonic() + self._server.patience.deadline)
        if reply.status not in (Status.OK, Status.JUDGE_UNPARSABLE):
            return WriterReply(end=UNAVAILABLE, reason=reply.reason)
        usage = reply.usage or self._estimate(request, reply)
        return WriterReply(text=reply.text or reply.cut_text, end=reply.end, reason=reply.reason, usage=usage)

    def _estimate(self, request: WriterRequest, reply: Reply) -> TokenUsage:
        letters = len(reply.text or reply.cut_text)
        return TokenUsage(self.count_tokens(request), -(-letters // _LETTERS_OF_TOKEN), is_estimate=True)
