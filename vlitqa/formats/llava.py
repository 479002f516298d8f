"""LLaVA, SVIT, ShareGPT4V: `conversations` of `from` and `value`, with `<image>` marks; text-only rows are legal."""

from __future__ import annotations

from vlitqa.formats.conversation import ASKER, ROLES, Dialogue, Message, dialogue_of, messages_of, unknown_role
from vlitqa.formats.fields import id_of, image_names, images_of, list_of, required_text, wrong_type
from vlitqa.records import Place, Record, Row, Turn

MARK = "<ImageHere>"
_TAKING_TURNS = ["human", "gpt"] * 100


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
    value = row.get("image")
    if not value:
        value = row.get("images", value)
    images = images_of(value, "image", place) if value is not None else ()
    said = list_of(row, "conversations", place)
    dialogue = (None if images else _plain_dialogue(said)) or dialogue_of(_messages(said, place), len(images))
    return Record(
        turns=dialogue.turns,
        images=images,
        id=key if type(key := row.get("id")) is str else id_of(row, "id"),
        marks=dialogue.marks,
        system=dialogue.system,
        place=place,
        source=row,
    )


def _plain_dialogue(said: list[object]) -> Dialogue | None:
    """The dialogue of a row without images whose speakers take turns; None for any other."""
    try:
        speakers = [message["from"] for message in said]  # type: ignore[index]
        texts = [message["value"] for message in said]  # type: ignore[index]
        if speakers != _TAKING_TURNS[: len(said)] or "<" in "".join(texts):
            return None
    except (KeyError, TypeError):
        return None
    if len(texts) % 2:
        return None
    return Dialogue(tuple(map(Turn, texts[::2], texts[1::2])), 0, None)


def _messages(said: list[object], place: Place) -> list[Message]:
    try:  # almost every row is good: its messages need not be asked one by one
        messages = [(ROLES[turn["from"]], turn["value"], 0) for turn in said]  # type: ignore[index]
        if all([type(text) is str for _, text, _ in messages]):
            return messages
    except (KeyError, TypeError):
        pass
    return [_message(turn, f"conversations[{position}]", place) for position, turn in enumerate(said)]


def _message(turn: object, where: str, place: Place) -> Message:
    """One message, or the fault that it has."""
    if not isinstance(turn, dict):
        raise wrong_type(where, "an object", turn, place)
    role = ROLES.get(speaker) if type(speaker := turn.get("from")) is str else None
    if role is None:
        raise unknown_role(turn, "from", f"{where}.from", place)
    return role, required_text(turn, "value", place, within=f"{where}."), 0


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
