"""Drafts of replies: orders are asked for in windows, faults of form once more, and what each cost is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol, TypeVar

from vlitqa.annotated_images.image import AnnotatedImage, AnnotatedImages
from vlitqa.construction.drafts import Draft, RowFault, RowOrigin, WriterOrigin
from vlitqa.construction.reply_store import digest_of_request
from vlitqa.construction.writing import WritingDesk
from vlitqa.contracts.writers import TokenUsage, WriterReply, WriterRequest
from vlitqa.records import Record

_WINDOW = 32
"""Orders that are asked for before the first of their replies is looked at."""
_MENDABLE = frozenset(("not_json", "wrong_shape", "wrong_roles", "cut_off", "bad_tag", "lost_answer", "new_object"))
"""Faults that another reply may not have: of form, and of a short answer that was to be kept."""
Order = TypeVar("Order")


class Written(Protocol[Order]):
    """A strategy that lets a writer write: how an order becomes a request, and its reply a row."""

    @property
    def attempts(self) -> int:
        """How often a writer is asked for a reply whose form is right."""
        ...

    def orders(self) -> Iterator[Order]:
        """All that can be asked for, in order."""
        ...

    def request(self, order: Order, attempt: int, fault: str) -> WriterRequest:
        """The request for an order; a later attempt names the fault of the reply before."""
        ...

    def read(self, order: Order, reply: WriterReply) -> tuple[Record, Sequence[RowFault]]:
        """The row of a reply, and its faults."""
        ...

    def origin(self, order: Order, use: WriterUse) -> RowOrigin:
        """Where the row of an order comes from."""
        ...


@dataclass(frozen=True, slots=True)
class WriterUse:
    """How a writer was asked for a row."""

    writer: str
    request: str
    attempts: int
    usage: TokenUsage

    def as_origin(self, kind: str, cue: str, prompt_version: int, examples: Sequence[str]) -> WriterOrigin:
        """The same with what was asked for."""
        return WriterOrigin(
            kind=kind,
            cue=cue,
            prompt_version=prompt_version,
            examples=tuple(examples),
            writer=self.writer,
            request=self.request,
            attempts=self.attempts,
            usage=self.usage,
        )


def written_drafts(strategy: Written[Order], desk: WritingDesk, rows_wanted: Callable[[], int]) -> Iterator[Draft]:
    """The row of each order, in order; as many are asked for at once as rows are wanted."""
    orders = strategy.orders()
    while window := list(islice(orders, window_of(desk, rows_wanted))):
        yield from write_orders(strategy, desk, window)


def window_of(desk: WritingDesk, rows_wanted: Callable[[], int]) -> int:
    """The number of orders that are asked for at once."""
    batch = desk.writer.batch_size
    return batch if batch > 1 else max(1, min(_WINDOW, rows_wanted()))


def write_orders(strategy: Written[Order], desk: WritingDesk, orders: Sequence[Order]) -> Iterator[Draft]:
    """Asks for orders, and once more for those whose reply has a fault of form."""
    drafts: dict[int, Draft] = {}
    requests = [strategy.request(order, 1, "") for order in orders]
    places = list(range(len(orders)))
    for attempt in range(1, strategy.attempts + 1):
        replies = desk.replies([requests[place] for place in places])
        for place, reply in zip(places, replies, strict=False):  # there are fewer where the budget is spent
            use = _use_of(desk, requests[place], reply, drafts.get(place))
            record, faults = strategy.read(orders[place], reply)
            origin = strategy.origin(orders[place], use)
            drafts[place] = Draft(record=record, origin=origin, faults=tuple(faults), reply=reply.text)
        places = [place for place in places if place in drafts and _can_be_mended(drafts[place].faults)]
        if not places or desk.is_spent or attempt == strategy.attempts:
            break
        for place in places:
            fault = drafts[place].faults[0].code.replace("_", " ")
            requests[place] = strategy.request(orders[place], attempt + 1, fault)
    yield from (drafts[place] for place in sorted(drafts))
    if desk.is_spent:
        raise desk.refuse_more()


def licences_of(images: Sequence[AnnotatedImage], annotated: AnnotatedImages) -> Sequence[str]:
    """The licences of images and of all their annotations, each once; an empty one where none is given."""
    by_source = {source.name: source.licence for source in annotated.sources}
    named = (licence for image in images for licence in (image.licence, *map(by_source.get, image.sources())))
    return [licence or "" for licence in dict.fromkeys(named)]


def _use_of(desk: WritingDesk, request: WriterRequest, reply: WriterReply, earlier: Draft | None) -> WriterUse:
    """How the writer was asked; what earlier attempts cost is counted too."""
    before = earlier.origin.writer if earlier else None
    spent, used = before.usage if before else TokenUsage(0, 0), reply.usage or TokenUsage(0, 0)
    fingerprint = desk.writer.fingerprint()
    return WriterUse(
        writer=fingerprint,
        request=digest_of_request(request, fingerprint).hex(),
        attempts=before.attempts + 1 if before else 1,
        usage=TokenUsage(spent.prompt + used.prompt, spent.reply + used.reply, used.is_estimate),
    )


def _can_be_mended(faults: Sequence[RowFault]) -> bool:
    return any(fault.code in _MENDABLE for fault in faults)
