"""Self-instruct: a writer is told what an image shows and makes a conversation of it (the review, section 4.2.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from vlitqa.annotated_images.image import AnnotatedImages
from vlitqa.construction.conversation_faults import faults_of_conversation, find_copies
from vlitqa.construction.conversation_orders import ConversationOrder, conversation_orders
from vlitqa.construction.conversation_prompts import ConversationPrompts
from vlitqa.construction.conversation_replies import ReadReply, SpokenMessage, read_reply
from vlitqa.construction.drafts import Draft, RowFault, RowOrigin, WriterOrigin
from vlitqa.construction.reply_store import digest_of_request
from vlitqa.construction.writing import WritingDesk
from vlitqa.contracts.writers import TokenUsage, WriterReply, WriterRequest
from vlitqa.records import ImageRef, Record, Turn

_WINDOW = 32
"""Conversations that are asked for before the first of them is looked at."""


@dataclass(slots=True)
class SelfInstruct:
    """Makes rows of images by a writer."""

    images: AnnotatedImages
    prompts: ConversationPrompts
    desk: WritingDesk

    def drafts(self, rows_wanted: Callable[[], int]) -> Iterator[Draft]:
        """The row of each conversation, in order; as many are asked for at once as rows are wanted."""
        orders = conversation_orders(self.prompts.recipe, self.images)
        batch = self.desk.writer.batch_size
        while window := list(islice(orders, batch if batch > 1 else max(1, min(_WINDOW, rows_wanted())))):
            yield from self._write(window)

    def _write(self, orders: Sequence[ConversationOrder]) -> Iterator[Draft]:
        """Asks for conversations, and once more for those whose form is wrong."""
        drafts: dict[int, Draft] = {}
        requests = [self.prompts.request(order) for order in orders]
        places = list(range(len(orders)))
        for attempt in range(1, self.prompts.recipe.writer.attempts + 1):
            replies = self.desk.replies([requests[place] for place in places])
            for place, reply in zip(places, replies, strict=False):  # there are fewer where the budget is spent
                drafts[place] = self._draft(orders[place], requests[place], reply, drafts.get(place))
            places = [place for place in places if place in drafts and _can_be_mended(drafts[place].faults)]
            for place in places if attempt < self.prompts.recipe.writer.attempts else ():
                fault = drafts[place].faults[0].code.replace("_", " ")
                requests[place] = self.prompts.request(orders[place], attempt + 1, fault)
            if not places or self.desk.is_spent:
                break
        yield from (drafts[place] for place in sorted(drafts))
        if self.desk.is_spent:
            raise self.desk.refuse_more()

    def _draft(
        self, order: ConversationOrder, request: WriterRequest, reply: WriterReply, earlier: Draft | None
    ) -> Draft:
        """The row of a reply, with its faults; what an earlier attempt cost is counted too."""
        read = read_reply(reply, self.prompts.recipe.self_instruct.form)
        faults = (*read.faults, *(self._faults_of(order, read) if read.messages else ()))
        spent = earlier.origin.writer.usage if earlier and earlier.origin.writer else TokenUsage(0, 0)
        used = reply.usage or TokenUsage(0, 0)
        writer = WriterOrigin(
            kind=order.kind,
            cue=order.cue,
            prompt_version=self.prompts.texts.version,
            examples=tuple(example.id for example in self.prompts.examples_for(order)),
            writer=self.desk.writer.fingerprint(),
            request=digest_of_request(request, self.desk.writer.fingerprint()).hex(),
            attempts=1 if earlier is None or earlier.origin.writer is None else earlier.origin.writer.attempts + 1,
            usage=TokenUsage(spent.prompt + used.prompt, spent.reply + used.reply, used.is_estimate),
        )
        image = order.image
        licences = {source.name: source.licence for source in self.images.sources}
        given = dict.fromkeys((image.licence, *(licences.get(name, "") for name in image.sources())))
        origin = RowOrigin(
            strategy="self-instruct",
            images=(image.file,),
            licences=tuple(filter(None, given)),
            is_licensed="" not in given,
            writer=writer,
        )
        return Draft(record=_record_of(order, read.messages), origin=origin, faults=faults, reply=reply.text)

    def _faults_of(self, order: ConversationOrder, read: ReadReply) -> Iterator[RowFault]:
        looked_for = self.images.names_looked_for(order.image)
        checks_content = self.prompts.recipe.principles.correctness
        most = self.prompts.recipe.self_instruct.turns[1]
        yield from faults_of_conversation(read.messages, order.image, looked_for, most, checks_content=checks_content)
        yield from find_copies(read.messages, self.prompts.examples)


def _can_be_mended(faults: Sequence[RowFault]) -> bool:
    """True for faults of form, which another reply may not have."""
    return any(fault.code in ("not_json", "wrong_shape", "wrong_roles", "cut_off") for fault in faults)


def _record_of(order: ConversationOrder, messages: Sequence[SpokenMessage]) -> Record:
    """The row of a conversation; the image stands before its first message."""
    pairs = zip(messages[::2], messages[1::2], strict=False)
    turns = tuple(
        Turn(user.text, assistant.text, (0,) if not number else ()) for number, (user, assistant) in enumerate(pairs)
    )
    return Record(turns, (ImageRef(order.image.file),), id=order.id, task=order.kind)
