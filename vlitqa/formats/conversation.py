"""Messages to turns: the part that every dialogue format shares."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from vlitqa.errors import RejectedRecord
from vlitqa.formats.fields import strip_marks
from vlitqa.records import ImageRef, Place, Row, Turn

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


Message = tuple[str, str | None, int]
"""A role, a text, and how many images come beside the marks of the text."""


class Dialogue(Struct, frozen=True, gc=False):
    """Turns without marks, and how many marks the text had."""

    turns: tuple[Turn, ...]
    marks: int
    system: str | None


def dialogue_of(messages: Iterable[Message], images: int) -> Dialogue:
    """Pairs messages to turns and gives every image to the message whose mark stands for it.

    Two questions in a row, or an answer without a question, become turns with an absent half. Where the text has no
    marks at all, the images belong to the first instruction.
    """
    turns: list[Turn] = []
    asked: tuple[str | None, tuple[int, ...]] | None = None
    marks = carried = 0
    system: str | None = None
    for role, text, count in messages:
        here: tuple[int, ...] = ()
        if count or (text and "<" in text):
            text, found = strip_marks(text) if text else (text, 0)
            marks += found
            count = found or count
            here = tuple(range(carried, min(carried + count, images)))
            carried += count
        if role == ANSWERER:
            question, shown = asked or (None, ())
            turns.append(Turn(question, text, shown, here))
            asked = None
        elif role == ASKER:
            if asked is not None:
                turns.append(Turn(asked[0], None, asked[1]))
            asked = (text, here)
        else:
            system = f"{system}\n{text}" if system and text else system or text
    if asked is not None:
        turns.append(Turn(asked[0], None, asked[1]))
    if images and not carried and turns:
        turns[0] = replace(turns[0], instruction_images=tuple(range(images)))
    return Dialogue(tuple(turns), marks, system)


def messages_of(turns: Iterable[Turn], images: tuple[ImageRef, ...], mark: str = "<image>") -> list[tuple[str, str]]:
    """Roles and marked texts of turns, for formats that are written anew."""
    messages = []
    for turn in turns:
        if turn.instruction is not None:
            messages.append((ASKER, _marked(turn.instruction, len(turn.instruction_images), mark)))
        if turn.response is not None:
            messages.append((ANSWERER, _marked(turn.response, len(turn.response_images), mark)))
    return messages


def unknown_role(message: Row, key: str, where: str, place: Place) -> RejectedRecord:
    """What is said of a message whose speaker is none of ROLES."""
    said = f"{message[key]!r:.80} is no role" if key in message else "the role is missing"
    return RejectedRecord("unknown_role", said, field=where, line=place.line)


def _marked(text: str, count: int, mark: str) -> str:
    return f"{mark * count}\n{text}" if count else text
