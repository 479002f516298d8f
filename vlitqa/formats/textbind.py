"""TextBind: a `conversation` whose messages carry an `image_list` each; images may stand in the response."""

from __future__ import annotations

from msgspec.structs import replace

from vlitqa.formats.conversation import ASKER, SYSTEM, dialogue_of, messages_of, record_of_dialogue
from vlitqa.formats.fields import image_names, list_of
from vlitqa.formats.mantis import IMAGE_LIST, lists_images
from vlitqa.formats.role_content import SPEAKERS, MessageFields, is_dialogue, read_messages, write_content
from vlitqa.records import Place, Record, Row, Turn

_CAPTION_LIST = "caption_list"
"""The field of a message that says what each of its images shows."""
_FIELDS = MessageFields(images=IMAGE_LIST, captions=_CAPTION_LIST)


class TextBind:
    """Rows of interleaved messages, every one with its own list of images."""

    name = "textbind"

    def recognises(self, row: Row) -> bool:
        """True for a `conversation` a message of which carries a list of images."""
        return is_dialogue(row, "conversation") and lists_images(row, "conversation")

    def read(self, row: Row, *, place: Place) -> Record:
        """Reads a row; raises RejectedRecord."""
        illustrated = read_messages(list_of(row, "conversation", place), "conversation", place, _FIELDS)
        dialogue = dialogue_of(illustrated.messages, len(illustrated.images))
        return record_of_dialogue(row, dialogue, tuple(illustrated.images), place, needs_placeholders=False)

    def write(self, record: Record) -> Row:
        """Writes the row of a record."""
        if record.source is not None:
            return record.source
        messages = [_write_system(record.system)] if record.system is not None else []
        for turn in record.turns:
            messages += _write_turn(turn, replace(record, turns=(turn,), system=None))
        return {"id": record.id, "conversation": messages}


def _write_system(text: str) -> Row:
    return {"role": SPEAKERS[SYSTEM], "content": text, IMAGE_LIST: []}


def _write_turn(turn: Turn, single: Record) -> list[Row]:
    """The messages of the only turn of a record; images that are parts of a text are not listed beside it."""
    rows: list[Row] = []
    for message in messages_of(single):
        positions = turn.instruction_images if message.role == ASKER else turn.response_images
        names = image_names([single.images[position] for position in positions])
        pictures: list[Row] = [{"type": "image", "image": name} for name in names]
        content = write_content(message, pictures)
        listed = names if isinstance(content, str) else []
        row = {"role": SPEAKERS[message.role], "content": content, IMAGE_LIST: listed}
        captions = [single.images[position].caption for position in positions]
        rows.append({**row, _CAPTION_LIST: captions} if listed and any(captions) else row)
    return rows
