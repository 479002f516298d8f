"""Pairs messages to turns, and writes turns as messages: the part that every dialogue format shares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from vlitqa.errors import RejectedRecord
from vlitqa.formats.fields import id_of, offsets_inside, strip_placeholders, with_placeholders
from vlitqa.records import ImageRef, Place, Record, Row, Turn

ASKER, ANSWERER, SYSTEM = "asker", "answerer", "system"
TOOL_CALL, TOOL_RESULT = "tool call", "tool result"
"""What an answerer asks of a tool, and what the tool gave, which the answerer reads as it reads a question."""
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
    "developer": SYSTEM,
    "function_call": TOOL_CALL,
    "tool_call": TOOL_CALL,
    "function": TOOL_RESULT,
    "observation": TOOL_RESULT,
    "tool": TOOL_RESULT,
    "tool_response": TOOL_RESULT,
}
_SIDES = {TOOL_CALL: ANSWERER, TOOL_RESULT: ASKER}


class DialogueMessage(Struct, frozen=True, gc=False):
    """One message of a dialogue: a role of ROLES, a text, and where in it the images stand that come beside it."""

    role: str
    text: str | None
    offsets: tuple[int, ...] = ()
    """One for each image; an image that the text has a placeholder for needs none."""


class Dialogue(Struct, frozen=True, gc=False):
    """Turns without placeholders, how many placeholders the text had, and the system's messages."""

    turns: tuple[Turn, ...]
    placeholders: int
    system: str | None


_Half = tuple[str | None, tuple[int, ...], tuple[int, ...]]
"""A text, its images and their offsets."""
_ABSENT: _Half = (None, (), ())


def dialogue_of(messages: Sequence[DialogueMessage], images: int) -> Dialogue:
    """Pairs messages to turns and gives every image to the message, and the place, where its placeholder stands.

    Two questions in a row, or an answer without a question, become turns with an absent half; images alone belong to
    the question beside them. Where the text has no placeholders at all, the images belong to the first instruction.
    """
    turns: list[Turn] = []
    question: _Half | None = None
    placeholders = next_image = 0
    system: str | None = None
    for message in messages:
        role, text, offsets = message.role, message.text, message.offsets
        shown: tuple[int, ...] = ()
        if offsets or (text and "<" in text):
            text, stripped = strip_placeholders(text) if text else (text, ())
            placeholders += len(stripped)
            offsets = _own_places(stripped, offsets, text) if offsets and stripped else stripped or offsets
            shown = tuple(range(next_image, min(next_image + len(offsets), images)))
            next_image += len(offsets)
            offsets = offsets_inside(offsets[: len(shown)])
        if role == ANSWERER:
            asked, asked_images, asked_offsets = question or _ABSENT
            turns.append(Turn(asked, text, asked_images, shown, asked_offsets, offsets))
            question = None
        elif role == ASKER:
            question = _ask_on(question, (text, shown, offsets), turns)
        elif role in _SIDES:
            return dialogue_of(_join_tool_messages(messages), images)
        else:
            system = f"{system}\n{text}" if system and text else system or text
    if question is not None:
        turns.append(_unanswered(question))
    if images and not next_image and turns:
        turns[0] = replace(turns[0], instruction_images=tuple(range(images)))
    return Dialogue(tuple(turns), placeholders, system)


def record_of_dialogue(
    row: Row, dialogue: Dialogue, images: tuple[ImageRef, ...], place: Place, *, needs_placeholders: bool = True
) -> Record:
    """The record of a row; where images need no placeholders, a text without any has lost none."""
    return Record(
        turns=dialogue.turns,
        images=images,
        id=id_of(row, "id"),
        placeholders=dialogue.placeholders if needs_placeholders else dialogue.placeholders or None,
        system=dialogue.system,
        place=place,
        source=row,
    )


def _own_places(marked: tuple[int, ...], carried: tuple[int, ...], text: str | None) -> tuple[int, ...]:
    """The places of a message's own images where its text has placeholders, of which there may be more or fewer."""
    rest = (min(place, len(text or "")) for place in carried[len(marked) :])
    return tuple(sorted((*marked[: len(carried)], *rest)))


def _ask_on(first: _Half | None, second: _Half, turns: list[Turn]) -> _Half:
    """The question that is open after another one: both in one if either has images alone.

    Otherwise the first one becomes a turn without an answer.
    """
    if first is None:
        return second
    text, images, offsets = first
    more_text, more_images, more_offsets = second
    if not (images and not text) and not (more_images and not more_text):
        turns.append(_unanswered(first))
        return second
    begin = len(text or "")
    places = (*(offsets or (0,) * len(images)), *(begin + place for place in more_offsets or (0,) * len(more_images)))
    return (text or more_text), (*images, *more_images), offsets_inside(places)


def _join_tool_messages(messages: Iterable[DialogueMessage]) -> list[DialogueMessage]:
    """The messages with those of tools on the sides of the dialogue; with one beside it on its side each is joined."""
    joined: list[DialogueMessage] = []
    was_tool = False
    for message in messages:
        is_tool = message.role in _SIDES
        side = _SIDES.get(message.role, message.role)
        if joined and joined[-1].role == side != SYSTEM and (is_tool or was_tool):
            before = joined.pop()
            begin = len(before.text or "") + 1
            offsets = (*before.offsets, *(begin + place for place in message.offsets))
            joined.append(DialogueMessage(side, f"{before.text or ''}\n{message.text or ''}", offsets))
        else:
            joined.append(DialogueMessage(side, message.text, message.offsets))
        was_tool = is_tool
    return joined


def _unanswered(question: _Half) -> Turn:
    instruction, images, offsets = question
    return Turn(instruction, None, images, (), offsets)


def messages_of(record: Record) -> list[DialogueMessage]:
    """The system's text and the turns of a record as messages, with the offsets of their images.

    A row that was read without placeholders is written without them: its images are found by the same rule again.
    """
    messages = [DialogueMessage(SYSTEM, record.system)] if record.system is not None else []
    has_placeholders = record.placeholders != 0
    for turn in record.turns:
        halves = (
            (ASKER, turn.instruction, turn.instruction_offsets or (0,) * len(turn.instruction_images)),
            (ANSWERER, turn.response, turn.response_offsets or (0,) * len(turn.response_images)),
        )
        for role, text, offsets in halves:
            if text is not None:
                messages.append(DialogueMessage(role, text, offsets if has_placeholders else ()))
    return messages


class Wording(Struct, frozen=True, kw_only=True):
    """The words in which a format writes a message: its two fields, its speakers and its placeholder."""

    role: str
    text: str
    speakers: Mapping[str, str]
    placeholder: str = "<image>"


def write_messages(record: Record, wording: Wording) -> list[Row]:
    """Writes the system's text and the turns of a record as messages."""
    return [
        {
            wording.role: wording.speakers[message.role],
            wording.text: with_placeholders(message.text or "", message.offsets, wording.placeholder),
        }
        for message in messages_of(record)
    ]


def unknown_role(message: Row, key: str, where: str, place: Place) -> RejectedRecord:
    """The reject of a message whose speaker is none of ROLES."""
    reason = f"{message[key]!r:.80} is no role" if key in message else "the role is missing"
    return RejectedRecord("unknown_role", reason, field=where, line=place.line)
