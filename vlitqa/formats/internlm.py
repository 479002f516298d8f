"""InternLM-XComposer: LLaVA's shape with `human` and `bot`, a list of images and `<ImageHere>` as placeholder."""

from __future__ import annotations

from vlitqa.formats.conversation import ANSWERER, ASKER, SYSTEM, Wording
from vlitqa.formats.fields import image_names
from vlitqa.formats.llava import (
    INTERNLM_PLACEHOLDER,
    is_conversation,
    is_internlm,
    read_conversation,
    write_conversation,
)
from vlitqa.records import Record, Row

_WORDING = Wording(
    role="from",
    text="value",
    speakers={ASKER: "human", ANSWERER: "bot", SYSTEM: "system"},
    placeholder=INTERNLM_PLACEHOLDER,
)


class InternLM:
    """Rows of `id`, `image` (a list) and `conversations` between `human` and `bot`."""

    name = "internlm"

    def recognises(self, row: Row) -> bool:
        """True for a conversation that uses InternLM-XComposer's role or placeholder."""
        return is_conversation(row) and is_internlm(row)

    read = staticmethod(read_conversation)

    def write(self, record: Record) -> Row:
        """Writes the row of a record."""
        if record.source is not None:
            return record.source
        return {
            "id": record.id,
            "image": image_names(record.images),
            **write_conversation(record, _WORDING),
        }
