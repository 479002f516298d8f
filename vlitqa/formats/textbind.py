"""TextBind: a `conversation` whose messages carry an `image_list` each; images may stand in the response."""

from __future__ import annotations

from vlitqa.formats.conversation import Message, dialogue_of
from vlitqa.formats.fields import id_of, image_names
from vlitqa.formats.mantis import IMAGE_LIST
from vlitqa.formats.role_content import is_dialogue, read_messages
from vlitqa.records import ImageRef, Place, Record, Row, Turn


class TextBind:
    """Rows of interleaved messages, every one with its own list of images."""

    name = "textbind"

    def recognises(self, row: Row) -> bool:
        return is_dialogue(row, "conversation") and IMAGE_LIST in row["conversation"][0]  # type: ignore[index]

    def read(self, row: Row, *, place: Place) -> Record:
        messages: list[Message] = []
        images: list[ImageRef] = []
        for message, carried in read_messages(row, "conversation", place, beside=IMAGE_LIST):
            messages.append(message)
            images.extend(carried)
        dialogue = dialogue_of(messages, len(images))
        return Record(
            turns=dialogue.turns,
            images=tuple(images),
            id=id_of(row, "id"),
            marks=dialogue.marks if dialogue.marks else None,
            system=dialogue.system,
            place=place,
            source=row,
        )

    def write(self, record: Record) -> Row:
        if record.source is not None:
            return record.source
        return {"id": record.id, "conversation": [each for turn in record.turns for each in _halves(turn, record)]}


def _halves(turn: Turn, record: Record) -> list[dict[str, object]]:
    halves = (("user", turn.instruction, turn.instruction_images), ("assistant", turn.response, turn.response_images))
    return [
        {
            "role": role,
            "content": "<image>" * len(places) + text,
            IMAGE_LIST: image_names([record.images[place] for place in places]),
        }
        for role, text, places in halves
        if text is not None
    ]
