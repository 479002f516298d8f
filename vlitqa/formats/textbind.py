"""TextBind: a `conversation` whose messages carry an `image_list` each; images may stand in the response."""

from __future__ import annotations

from vlitqa.formats.conversation import dialogue_of
from vlitqa.formats.fields import id_of, image_names
from vlitqa.formats.mantis import IMAGE_LIST
from vlitqa.formats.role_content import is_dialogue, read_messages
from vlitqa.records import Place, Record, Row, Turn


class TextBind:
    """Rows of interleaved messages, every one with its own list of images."""

    name = "textbind"

    def recognises(self, row: Row) -> bool:
        """True for a `conversation` whose first message carries a list of images."""
        return is_dialogue(row, "conversation") and IMAGE_LIST in row["conversation"][0]  # type: ignore[index]

    def read(self, row: Row, *, place: Place) -> Record:
        """Reads a row; raises RejectedRecord."""
        illustrated = read_messages(row, "conversation", place, image_field=IMAGE_LIST)
        dialogue = dialogue_of(illustrated.messages, len(illustrated.images))
        return Record(
            turns=dialogue.turns,
            images=tuple(illustrated.images),
            id=id_of(row, "id"),
            placeholders=dialogue.placeholders or None,
            system=dialogue.system,
            place=place,
            source=row,
        )

    def write(self, record: Record) -> Row:
        """Writes the row of a record."""
        if record.source is not None:
            return record.source
        messages = [message for turn in record.turns for message in _write_turn(turn, record)]
        return {"id": record.id, "conversation": messages}


def _write_turn(turn: Turn, record: Record) -> list[Row]:
    halves = (("user", turn.instruction, turn.instruction_images), ("assistant", turn.response, turn.response_images))
    return [
        {
            "role": role,
            "content": "<image>" * len(positions) + text,
            IMAGE_LIST: image_names([record.images[position] for position in positions]),
        }
        for role, text, positions in halves
        if text is not None
    ]
