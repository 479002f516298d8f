"""LLaVA, SVIT, ShareGPT4V: `conversations` of `from` and `value`, with `<image>` marks; text-only rows are legal."""

from __future__ import annotations

from collections.abc import Iterator

from vlitqa.errors import RejectedRecord
from vlitqa.formats.conversation import ASKER, ROLES, Message, dialogue_of, messages_of
from vlitqa.formats.fields import id_of, image_names, images_of, list_of, text_of, wrong_type
from vlitqa.records import Place, Record, Row

MARK = "<ImageHere>"


def is_conversation(row: Row) -> bool:
    """Whether `conversations` holds messages of `from` and `value`; an empty list does."""
    turns = row.get("conversations")
    return isinstance(turns, list) and (not turns or (isinstance(turns[0], dict) and "from" in turns[0]))


def says_internlm(row: Row) -> bool:
    """Whether the messages use InternLM-XComposer's role or mark."""
    turns = row["conversations"]
    return isinstance(turns, list) and any(
        isinstance(turn, dict)
        and (turn.get("from") == "bot" or (isinstance(turn.get("value"), str) and MARK in turn["value"]))
        for turn in turns
    )


def read_conversation(row: Row, *, place: Place) -> Record:
    """The record of a row whose dialogue stands in `conversations`."""
    value = row.get("image") or row.get("images")
    images = images_of(value, "image", place) if value else ()
    dialogue = dialogue_of(_messages(row, place), len(images))
    return Record(
        turns=dialogue.turns,
        images=images,
        id=key if type(key := row.get("id")) is str else id_of(row, "id"),
        marks=dialogue.marks,
        system=dialogue.system,
        place=place,
        source=row,
    )


def _messages(row: Row, place: Place) -> Iterator[Message]:
    for position, turn in enumerate(list_of(row, "conversations", place)):
        if not isinstance(turn, dict):
            raise wrong_type(f"conversations[{position}]", "an object", turn, place)
        role = ROLES.get(turn.get("from"))
        if role is None:
            said = f"{turn['from']!r} is no role" if "from" in turn else "the role is missing"
            raise RejectedRecord("unknown_role", said, field=f"conversations[{position}].from", line=place.line)
        text = turn.get("value")
        if type(text) is not str:
            text = text_of(text, f"conversations[{position}].value", place)
        yield role, text, 0


class Llava:
    """Rows of `id`, `image` and `conversations` between `human` and `gpt`."""

    name = "llava"

    def recognises(self, row: Row) -> bool:
        return is_conversation(row) and not says_internlm(row)

    read = staticmethod(read_conversation)

    def write(self, record: Record) -> Row:
        if record.source is not None:
            return record.source
        names = image_names(record.images)
        image = {} if not names else {"image": names[0] if len(names) == 1 else names}
        turns = [
            {"from": "human" if role == ASKER else "gpt", "value": text}
            for role, text in messages_of(record.turns, record.images)
        ]
        system = [{"from": "system", "value": record.system}] if record.system is not None else []
        return {"id": record.id, **image, "conversations": system + turns}
