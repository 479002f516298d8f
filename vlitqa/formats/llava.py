"""LLaVA, SVIT, ShareGPT4V: `conversations` of `from` and `value` with `<image>` in them; text-only rows are legal."""

from __future__ import annotations

import re

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
from vlitqa.formats.rejected_responses import read_rejected
from vlitqa.records import Place, Record, Row, Turn

INTERNLM_PLACEHOLDER = "<ImageHere>"
_NAMED_IMAGE = re.compile(r"<img>[^<]+</img>")
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


def names_images(row: Row) -> bool:
    """True if a conversation has no field of images and names them in its texts, as Qwen-VL's do."""
    messages = row["conversations"]
    return (
        isinstance(messages, list)
        and not (row.get("image") or row.get("images"))
        and any(
            isinstance(message, dict)
            and isinstance(text := message.get("value"), str)
            and bool(_NAMED_IMAGE.search(text))
            for message in messages
        )
    )


def read_conversation(row: Row, *, place: Place) -> Record:
    """Reads a row whose dialogue stands in `conversations`; raises RejectedRecord."""
    value = row.get("image")
    if not value:
        value = row.get("images", value)
    images = images_of(value, "image", place) if value is not None else ()
    messages = listed_messages(row, place)
    dialogue = (None if images else _plain_dialogue(messages)) or dialogue_of(
        read_speakers(messages, place), len(images)
    )
    return Record(
        turns=dialogue.turns,
        images=images,
        id=key if type(key := row.get("id")) is str else id_of(row, "id"),
        placeholders=dialogue.placeholders,
        system=system_of(row, dialogue),
        rejected=read_rejected(row, ("rejected",), place) if "rejected" in row else None,
        place=place,
        source=row,
    )


def listed_messages(row: Row, place: Place) -> list[object]:
    """The messages of a conversation, in data of preferences with the chosen response behind them."""
    messages, chosen = list_of(row, "conversations", place), row.get("chosen")
    if chosen is None:
        return messages
    return [*messages, {"from": "gpt", "value": chosen} if isinstance(chosen, str) else chosen]


def system_of(row: Row, dialogue: Dialogue) -> str | None:
    """The text of the system, in a field of its own, in a message, or both."""
    system = row.get("system")
    if type(system) is not str or not system:
        return dialogue.system
    return f"{system}\n{dialogue.system}" if dialogue.system else system


def write_conversation(record: Record, wording: Wording) -> Row:
    """The fields of a conversation: its messages, of which the last is the chosen one in data of preferences."""
    messages = write_messages(record, wording)
    if record.rejected is None or not messages:
        return {"conversations": messages}
    rejected = {wording.role: wording.speakers[ANSWERER], wording.text: record.rejected}
    return {"conversations": messages[:-1], "chosen": messages[-1], "rejected": rejected}


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


def read_speakers(rows: list[object], place: Place) -> list[DialogueMessage]:
    """Reads messages of `from` and `value`; raises RejectedRecord."""
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
        return is_conversation(row) and not is_internlm(row) and not names_images(row)

    read = staticmethod(read_conversation)

    def write(self, record: Record) -> Row:
        """Writes the row of a record."""
        if record.source is not None:
            return record.source
        names = image_names(record.images)
        image = {} if not names else {"image": names[0] if len(names) == 1 else names}
        return {"id": record.id, **image, **write_conversation(record, _WORDING)}
