"""Self-instruct: a writer is told what an image shows and makes a conversation of it (the review, section 4.2.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vlitqa.annotated_images.image import AnnotatedImages
from vlitqa.construction.conversation_faults import faults_of_conversation, find_copies
from vlitqa.construction.conversation_orders import ConversationOrder, conversation_orders
from vlitqa.construction.conversation_prompts import ConversationPrompts
from vlitqa.construction.conversation_replies import SpokenMessage, read_reply
from vlitqa.construction.drafts import RowFault, RowOrigin
from vlitqa.construction.region_marks import RegionMarks
from vlitqa.construction.written_drafts import WriterUse, licences_of
from vlitqa.contracts.writers import WriterReply, WriterRequest
from vlitqa.records import ImageRef, Record, Turn


@dataclass(frozen=True, slots=True)
class SelfInstruct:
    """Conversations about one image each."""

    images: AnnotatedImages
    prompts: ConversationPrompts
    marks: RegionMarks | None = None
    """What draws the box of a region into its picture; None where the conversation gives it by its numbers."""

    @property
    def attempts(self) -> int:
        """How often a writer is asked for a reply whose form is right."""
        return self.prompts.recipe.writer.attempts

    def orders(self) -> Iterator[ConversationOrder]:
        """All conversations that the recipe can ask for."""
        return conversation_orders(self.prompts.recipe, self.images)

    def request(self, order: ConversationOrder, attempt: int, fault: str) -> WriterRequest:
        """The request for a conversation."""
        return self.prompts.request(order, attempt, fault)

    def read(self, order: ConversationOrder, reply: WriterReply) -> tuple[Record, Sequence[RowFault]]:
        """The row of a reply, and its faults."""
        read = read_reply(reply, self.prompts.recipe.self_instruct.form)
        faults = (*read.faults, *(self._faults_of(order, read.messages) if read.messages else ()))
        return _record_of(order, read.messages, self._picture_of(order)), faults

    def origin(self, order: ConversationOrder, use: WriterUse) -> RowOrigin:
        """Where the row of a conversation comes from."""
        licences = licences_of([order.image], self.images)
        examples = [example.id for example in self.prompts.examples_for(order)]
        return RowOrigin(
            strategy="self-instruct",
            images=(order.image.file,),
            licences=tuple(filter(None, licences)),
            is_licensed="" not in licences,
            writer=use.as_origin(order.kind, order.cue, self.prompts.texts.version, examples),
        )

    def _picture_of(self, order: ConversationOrder) -> ImageRef:
        if self.marks and order.thing:
            return self.marks.mark(order.image.file, order.thing)
        return ImageRef(order.image.file)

    def _faults_of(self, order: ConversationOrder, messages: Sequence[SpokenMessage]) -> Iterator[RowFault]:
        recipe, looked_for = self.prompts.recipe, self.images.names_looked_for(order.image)
        most, checks_content = recipe.self_instruct.turns[1], recipe.principles.correctness
        yield from faults_of_conversation(messages, order.image, looked_for, most, checks_content=checks_content)
        yield from find_copies(messages, self.prompts.examples)


def _record_of(order: ConversationOrder, messages: Sequence[SpokenMessage], picture: ImageRef) -> Record:
    """The row of a conversation; the image stands before its first message."""
    pairs = zip(messages[::2], messages[1::2], strict=False)
    turns = tuple(
        Turn(user.text, assistant.text, (0,) if not number else ()) for number, (user, assistant) in enumerate(pairs)
    )
    return Record(turns, (picture,), id=order.id, task=order.kind)
