"""Data-Juicer: a dialogue in one text, its speakers in double brackets, with marks for images and for endings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vlitqa.formats.conversation import ANSWERER, ASKER, ROLES, SYSTEM, DialogueMessage, dialogue_of, messages_of
from vlitqa.formats.fields import id_of, image_names, images_of, missing_field, text_of, with_placeholders
from vlitqa.records import Place, Record, Row

_SPEAKER = re.compile(r"\[\[(\w+)\]\]:[ ]?")
_IMAGE, _END = "<__dj__image>", re.compile(r"\s*<\|__dj__eoc\|>\s*")
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
        dialogue = dialogue_of([*_messages(text_of(row["text"], "text", place) or "")], len(images))
        return Record(
            turns=dialogue.turns,
            images=images,
            id=id_of(row, "id"),
            placeholders=dialogue.placeholders,
            system=dialogue.system,
            place=place,
            source=row,
        )

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
    starts = [match for match in _SPEAKER.finditer(text) if match[1] in ROLES]
    ends = [*(match.start() for match in starts[1:]), len(text)]
    for match, end in zip(starts, ends, strict=True):
        said = _END.sub("\n", text[match.end() : end]).replace(_IMAGE, "<image>").strip()
        yield DialogueMessage(ROLES[match[1]], said)
