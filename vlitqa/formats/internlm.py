"""InternLM-XComposer: LLaVA's shape with `human` and `bot`, a list of images and `<ImageHere>` marks."""

from __future__ import annotations

from vlitqa.formats.conversation import ASKER, messages_of
from vlitqa.formats.fields import image_names
from vlitqa.formats.llava import MARK, is_conversation, read_conversation, says_internlm
from vlitqa.records import Record, Row


class InternLM:
    """Rows of `id`, `image` (a list) and `conversations` between `human` and `bot`."""

    name = "internlm"

    def recognises(self, row: Row) -> bool:
        return is_conversation(row) and says_internlm(row)

    read = staticmethod(read_conversation)

    def write(self, record: Record) -> Row:
        if record.source is not None:
            return record.source
        turns = [
            {"from": "human" if role == ASKER else "bot", "value": text}
            for role, text in messages_of(record.turns, record.images, MARK)
        ]
        system = [{"from": "system", "value": record.system}] if record.system is not None else []
        return {"id": record.id, "image": image_names(record.images), "conversations": system + turns}
