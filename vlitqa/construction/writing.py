"""Asks a writer for what is not kept yet, within the budget, and keeps every reply before anyone uses it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from vlitqa.algorithms.counted import counted
from vlitqa.construction.budget import WritingBudget
from vlitqa.construction.reply_store import ReplyStore, digest_of_request
from vlitqa.contracts.writers import UNAVAILABLE, TokenUsage, Writer, WriterReply, WriterRequest
from vlitqa.errors import RunError

_MOST_UNAVAILABLE = 20
"""Requests in a row that a server leaves without a reply before the build stops."""


class BudgetSpent(RunError):
    """The budget of a build does not allow the next request."""

    exit_code = 3


@dataclass(slots=True)
class WritingDesk:
    """A writer, the replies that it has given, and what they cost."""

    writer: Writer
    store: ReplyStore
    budget: WritingBudget
    is_spent: bool = False
    """True once the budget did not allow a request."""
    _unavailable: int = field(default=0)

    def replies(self, requests: Sequence[WriterRequest]) -> list[WriterReply]:
        """The reply to every request, in order; fewer where the budget is spent before the last.

        A writer whose replies depend on the batch is given the whole batch again if one of its replies is lacking.
        """
        keys = [digest_of_request(request, self.writer.fingerprint()) for request in requests]
        stored = self.store.get(keys)
        lacking = [place for place, reply in enumerate(stored) if reply is None]
        if not lacking:
            return [reply for reply in stored if reply is not None]
        places = lacking if self.writer.batch_size == 1 else range(len(requests))
        replies = dict(enumerate(stored))
        paid = _PaidRequests(self, [requests[place] for place in places])
        for place, reply in zip(places, self.writer.replies(paid.requests()), strict=False):
            paid.settle(reply)
            replies[place] = self._keep(keys[place], requests[place], reply)
        self.is_spent = self.is_spent or paid.is_refused
        in_order = (replies[place] for place in range(len(requests)))
        return [reply for reply in takewhile(lambda reply: reply is not None, in_order) if reply is not None]

    def refuse_more(self) -> BudgetSpent:
        """The error that the budget allows no further request."""
        return BudgetSpent(
            f"The budget of {self.budget.describe_limit()} does not allow the next request.",
            repair="Raise it in the recipe and run the same command again: what was written is kept.",
        )

    def _keep(self, key: bytes, request: WriterRequest, reply: WriterReply) -> WriterReply:
        """Keeps a reply; raises RunError where a server gives none any more."""
        if reply.end != UNAVAILABLE:
            self._unavailable = 0
            self.store.put(key, request, reply)
            return reply
        self._unavailable += 1
        if self._unavailable >= _MOST_UNAVAILABLE:
            raise RunError(
                f"The writer left {counted(_MOST_UNAVAILABLE, 'request')} in a row without a reply: {reply.reason}.",
                repair="Run the same command again when it answers: what was written is kept.",
            )
        return reply


@dataclass(slots=True)
class _PaidRequests:
    """Requests that are given to a writer one by one, as long as the budget allows the next."""

    desk: WritingDesk
    waiting: Sequence[WriterRequest]
    in_flight: list[TokenUsage] = field(default_factory=list)
    is_refused: bool = False
    """True if the budget did not allow one of them."""

    def requests(self) -> Iterator[WriterRequest]:
        """The requests that are paid for, in order."""
        for request in self.waiting:
            cost = TokenUsage(self.desk.writer.count_tokens(request), request.max_tokens)
            if not self.desk.budget.reserve(cost):
                self.is_refused = True
                return
            self.in_flight.append(cost)
            yield request

    def settle(self, reply: WriterReply) -> None:
        """Takes the reply to the request that has waited longest."""
        self.desk.budget.settle(self.in_flight.pop(0), reply.usage)
