"""Data-Juicer: a dialogue in one text, its speakers in double brackets, with marks for images and for endings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vlitqa.errors import RejectedRecord
from vlitqa.formats.conversation import (
    ANSWERER,
    ASKER,
    ROLES,
    SYSTEM,
    DialogueMessage,
    dialogue_of,
    messages_of,
    record_of_dialogue,
)
from vlitqa.formats.fields import image_names, images_of, missing_field, text_of, with_placeholders
from vlitqa.records import Place, Record, Row

_IMAGE, _END = "<__dj__image>", "<|__dj__eoc|>"
_SPEAKER = re.compile(rf"(?:\A|\n|{re.escape(_END)})[ \t]{{0,9}}\[\[({'|'.join(map(str, ROLES))})\]\]:")
"""At the beginning of a line, or behind the end of what another speaker said."""
_SPEAKERS = {SYSTEM: "system", ASKER: "human", ANSWERER: "gpt"}


def begins_with_speaker(value: object) -> bool:
    """True for a text whose first word is a speaker of Data-Juicer's dialogues."""
    return isinstance(value, str) and bool(_SPEAKER.match(value.lstrip()))


class DataJuicer:
    """Rows of a `text` that begins with a speaker, and `images`."""

    name = "data-juicer"

    def recognises(self, row: Row) -> bool:
        """True for a text that begins with a speaker."""
        return begins_with_speaker(row.get("text"))

    def read(self, row: Row, *, place: Place) -> Record:
        """Reads a row; raises RejectedRecord."""
        if "text" not in row:
            raise missing_field("text", place)
        images = images_of(row.get("images"), "images", place)
        text = (text_of(row["text"], "text", place) or "").lstrip()
        if not begins_with_speaker(text):
            raise RejectedRecord("unknown_role", "the text begins with no speaker", field="text", line=place.line)
        dialogue = dialogue_of([*_messages(text)], len(images))
        return record_of_dialogue(row, dialogue, images, place)

    def write(self, record: Record) -> Row:
        """Writes the row of a record."""
        if record.source is not None:
            return record.source
        lines = [
            f"[[{_SPEAKERS[message.role]}]]: {with_placeholders(message.text or '', message.offsets, _IMAGE)}"
            for message in messages_of(record)
        ]
        return {"id": record.id, "text": "\n".join(lines), "images": image_names(record.images)}


def _messages(text: str) -> Iterator[DialogueMessage]:
    """What each speaker says; words in double brackets that are no speaker belong to the text."""
    starts = list(_SPEAKER.finditer(text))
    ends = [*(match.start() for match in starts[1:]), len(text)]
    for match, end in zip(starts, ends, strict=True):
        words = text[match.end() : end].replace(_END, "\n").replace(_IMAGE, "<image>").strip()
        yield DialogueMessage(ROLES[match[1]], words)
