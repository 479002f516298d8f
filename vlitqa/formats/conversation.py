"""Pairs messages to turns, and writes turns as messages: the part that every dialogue format shares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from vlitqa.errors import RejectedRecord
from vlitqa.formats.fields import strip_placeholders
from vlitqa.records import Place, Record, Row, Turn

ASKER, ANSWERER, SYSTEM = "asker", "answerer", "system"
ROLES: dict[object, str] = {
    "human": ASKER,
    "user": ASKER,
    "User": ASKER,
    "gpt": ANSWERER,
    "assistant": ANSWERER,
    "bot": ANSWERER,
    "model": ANSWERER,
    "chatgpt": ANSWERER,
    "AI": ANSWERER,
    "system": SYSTEM,
}


class DialogueMessage(Struct, frozen=True, gc=False):
    """One message of a dialogue: a role of ROLES, a text, and how many images come beside those in the text."""

    role: str
    text: str | None
    images: int = 0


class Dialogue(Struct, frozen=True, gc=False):
    """Turns without placeholders, how many placeholders the text had, and the system's messages."""

    turns: tuple[Turn, ...]
    placeholders: int
    system: str | None


def dialogue_of(messages: Iterable[DialogueMessage], images: int) -> Dialogue:
    """Pairs messages to turns and gives every image to the message whose placeholder stands for it.

    Two questions in a row, or an answer without a question, become turns with an absent half. Where the text has no
    placeholders at all, the images belong to the first instruction.
    """
    turns: list[Turn] = []
    question: tuple[str | None, tuple[int, ...]] | None = None
    placeholders = next_image = 0
    system: str | None = None
    for message in messages:
        role, text, count = message.role, message.text, message.images
        shown: tuple[int, ...] = ()
        if count or (text and "<" in text):
            text, stripped = strip_placeholders(text) if text else (text, 0)
            placeholders += stripped
            count = stripped or count
            shown = tuple(range(next_image, min(next_image + count, images)))
            next_image += count
        if role == ANSWERER:
            instruction, instruction_images = question or (None, ())
            turns.append(Turn(instruction, text, instruction_images, shown))
            question = None
        elif role == ASKER:
            if question is not None:
                turns.append(Turn(question[0], None, question[1]))
            question = (text, shown)
        else:
            system = f"{system}\n{text}" if system and text else system or text
    if question is not None:
        turns.append(Turn(question[0], None, question[1]))
    if images and not next_image and turns:
        turns[0] = replace(turns[0], instruction_images=tuple(range(images)))
    return Dialogue(tuple(turns), placeholders, system)


def turns_as_messages(turns: Iterable[Turn], placeholder: str = "<image>") -> list[DialogueMessage]:
    """The messages of turns, their images as placeholders in the text, for formats that are written anew."""
    messages = []
    for turn in turns:
        if turn.instruction is not None:
            text = _with_placeholders(turn.instruction, placeholder * len(turn.instruction_images))
            messages.append(DialogueMessage(ASKER, text))
        if turn.response is not None:
            text = _with_placeholders(turn.response, placeholder * len(turn.response_images))
            messages.append(DialogueMessage(ANSWERER, text))
    return messages


class Wording(Struct, frozen=True, kw_only=True):
    """The words in which a format writes a message: its two fields, its speakers and its placeholder."""

    role: str
    text: str
    speakers: Mapping[str, str]
    placeholder: str = "<image>"


def write_messages(record: Record, wording: Wording) -> list[Row]:
    """Writes the system's text and the turns of a record as messages."""
    system = [DialogueMessage(SYSTEM, record.system)] if record.system is not None else []
    return [
        {wording.role: wording.speakers[message.role], wording.text: message.text}
        for message in system + turns_as_messages(record.turns, wording.placeholder)
    ]


def unknown_role(message: Row, key: str, where: str, place: Place) -> RejectedRecord:
    """The reject of a message whose speaker is none of ROLES."""
    reason = f"{message[key]!r:.80} is no role" if key in message else "the role is missing"
    return RejectedRecord("unknown_role", reason, field=where, line=place.line)


def _with_placeholders(text: str, placeholders: str) -> str:
    return f"{placeholders}\n{text}" if placeholders else text
