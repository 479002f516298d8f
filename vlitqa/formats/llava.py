"""LLaVA, SVIT, ShareGPT4V: `conversations` of `from` and `value` with `<image>` in them; text-only rows are legal."""

from __future__ import annotations

from vlitqa.formats.conversation import (
    ANSWERER,
    ASKER,
    ROLES,
    SYSTEM,
    Dialogue,
    DialogueMessage,
    Wording,
    dialogue_of,
    unknown_role,
    write_messages,
)
from vlitqa.formats.fields import id_of, image_names, images_of, list_of, required_text, wrong_type
from vlitqa.records import Place, Record, Row, Turn

INTERNLM_PLACEHOLDER = "<ImageHere>"
_ALTERNATING_SPEAKERS = ["human", "gpt"] * 100
_WORDING = Wording(role="from", text="value", speakers={ASKER: "human", ANSWERER: "gpt", SYSTEM: "system"})


def is_conversation(row: Row) -> bool:
    """True if `conversations` holds messages of `from` and `value`; an empty list does."""
    messages = row.get("conversations")
    return isinstance(messages, list) and (not messages or (isinstance(messages[0], dict) and "from" in messages[0]))


def is_internlm(row: Row) -> bool:
    """True if the messages of a conversation use InternLM-XComposer's role or placeholder."""
    messages = row["conversations"]
    return isinstance(messages, list) and any(
        isinstance(message, dict)
        and (
            message.get("from") == "bot"
            or (isinstance(message.get("value"), str) and INTERNLM_PLACEHOLDER in message["value"])
        )
        for message in messages
    )


def read_conversation(row: Row, *, place: Place) -> Record:
    """Reads a row whose dialogue stands in `conversations`; raises RejectedRecord."""
    value = row.get("image")
    if not value:
        value = row.get("images", value)
    images = images_of(value, "image", place) if value is not None else ()
    messages = list_of(row, "conversations", place)
    dialogue = (None if images else _plain_dialogue(messages)) or dialogue_of(
        _read_messages(messages, place), len(images)
    )
    return Record(
        turns=dialogue.turns,
        images=images,
        id=key if type(key := row.get("id")) is str else id_of(row, "id"),
        placeholders=dialogue.placeholders,
        system=dialogue.system,
        place=place,
        source=row,
    )


def _plain_dialogue(messages: list[object]) -> Dialogue | None:
    """The dialogue of a row without images whose speakers take turns; None for any other."""
    try:
        speakers = [message["from"] for message in messages]  # type: ignore[index]
        texts = [message["value"] for message in messages]  # type: ignore[index]
        if speakers != _ALTERNATING_SPEAKERS[: len(messages)] or "<" in "".join(texts):
            return None
    except (KeyError, TypeError):
        return None
    if len(texts) % 2:
        return None
    return Dialogue(tuple(map(Turn, texts[::2], texts[1::2])), 0, None)


def _read_messages(rows: list[object], place: Place) -> list[DialogueMessage]:
    try:  # almost every row is good: its messages need not be asked one by one
        messages = [DialogueMessage(ROLES[row["from"]], row["value"]) for row in rows]  # type: ignore[index]
        if all([type(message.text) is str for message in messages]):
            return messages
    except (KeyError, TypeError):
        pass
    return [_read_message(row, f"conversations[{position}]", place) for position, row in enumerate(rows)]


def _read_message(row: object, where: str, place: Place) -> DialogueMessage:
    """Reads one message; raises RejectedRecord for the fault that it has."""
    if not isinstance(row, dict):
        raise wrong_type(where, "an object", row, place)
    role = ROLES.get(speaker) if type(speaker := row.get("from")) is str else None
    if role is None:
        raise unknown_role(row, "from", f"{where}.from", place)
    return DialogueMessage(role, required_text(row, "value", place, within=f"{where}."))


class Llava:
    """Rows of `id`, `image` and `conversations` between `human` and `gpt`."""

    name = "llava"

    def recognises(self, row: Row) -> bool:
        """True for a conversation that is not InternLM-XComposer's."""
        return is_conversation(row) and not is_internlm(row)

    read = staticmethod(read_conversation)

    def write(self, record: Record) -> Row:
        """Writes the row of a record."""
        if record.source is not None:
            return record.source
        names = image_names(record.images)
        image = {} if not names else {"image": names[0] if len(names) == 1 else names}
        return {"id": record.id, **image, "conversations": write_messages(record, _WORDING)}
