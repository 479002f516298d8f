"""Qwen-VL: LLaVA's conversations with the names of the images in the texts, `Picture 1: <img>name</img>`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from vlitqa.formats.conversation import (
    ANSWERER,
    ASKER,
    SYSTEM,
    DialogueMessage,
    Wording,
    dialogue_of,
    record_of_dialogue,
    write_messages,
)
from vlitqa.formats.fields import image_names, images_of
from vlitqa.formats.llava import is_conversation, listed_messages, names_images, read_speakers, system_of
from vlitqa.formats.rejected_responses import read_rejected
from vlitqa.records import Place, Record, Row

_NAMED_IMAGE = re.compile(r"(?:Picture \d+: ?)?<img>([^<]+)</img>")
_PLACEHOLDER = "<image>"
_WORDING = Wording(role="from", text="value", speakers={ASKER: "user", ANSWERER: "assistant", SYSTEM: "system"})


class QwenVL:
    """Rows of `id` and `conversations` whose texts name their images."""

    name = "qwen-vl"

    def recognises(self, row: Row) -> bool:
        """True for a conversation that names images in its texts and nowhere else."""
        return is_conversation(row) and names_images(row)

    def read(self, row: Row, *, place: Place) -> Record:
        """Reads a row; raises RejectedRecord."""
        messages = read_speakers(listed_messages(row, place), place)
        names = [match[1].strip() for message in messages for match in _NAMED_IMAGE.finditer(message.text or "")]
        images = images_of(names, "conversations", place)
        dialogue = dialogue_of([_with_placeholders(message) for message in messages], len(images))
        record = record_of_dialogue(row, dialogue, images, place)
        rejected = read_rejected(row, ("rejected",), place)
        return replace(record, system=system_of(row, dialogue), rejected=rejected)

    def write(self, record: Record) -> Row:
        """Writes the row of a record."""
        if record.source is not None:
            return record.source
        names = iter(image_names(record.images))
        messages = write_messages(replace(record, placeholders=None), _WORDING)
        rejected = {} if record.rejected is None else {"rejected": record.rejected}
        return {"id": record.id, "conversations": [_with_names(message, names) for message in messages], **rejected}


def _with_placeholders(message: DialogueMessage) -> DialogueMessage:
    return replace(message, text=_NAMED_IMAGE.sub(_PLACEHOLDER, message.text)) if message.text else message


def _with_names(message: Row, names: Iterator[str]) -> Row:
    text = re.sub(_PLACEHOLDER, lambda _: f"<img>{next(names)}</img>", str(message["value"]))
    return {**message, "value": text}
