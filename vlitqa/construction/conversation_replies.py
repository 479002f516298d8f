"""Conversations in the replies of a writer, read strictly: every fault has a code, and nothing is guessed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vlitqa.construction.drafts import RowFault
from vlitqa.contracts.writers import CUT_OFF, FILTERED, REFUSED, UNAVAILABLE, WriterReply

USER, ASSISTANT = "user", "assistant"
JSON_FORM, LINES_FORM = "json", "lines"
_LONGEST_CONVERSATION = 20_000
"""Characters; a longer reply is no conversation that anyone asked for."""
_ROLES: Mapping[str, str] = {
    "user": USER,
    "human": USER,
    "assistant": ASSISTANT,
    "ai": ASSISTANT,
    "ai assistant": ASSISTANT,
}
_SPEAKER = re.compile(r"^[ \t]*\**[ \t]*(user|human|ai assistant|assistant|ai)[ \t]*\**[ \t]*:[ \t]*\**[ \t]?", re.I)
_FENCE = re.compile(r"\A\s*```(?:json)?[ \t]*\n(.*?)\n?[ \t]*```\s*\Z", re.DOTALL)
_ENDS: Mapping[str, str] = {CUT_OFF: "cut_off", FILTERED: "refused", REFUSED: "refused", UNAVAILABLE: "no_reply"}


@dataclass(frozen=True, slots=True)
class SpokenMessage:
    """One message of a written conversation."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class ReadReply:
    """The messages of a reply, and the faults of its form."""

    messages: tuple[SpokenMessage, ...] = ()
    faults: tuple[RowFault, ...] = ()


def read_reply(reply: WriterReply, form: str) -> ReadReply:
    """Reads the conversation of a reply; the messages of a faulty one are those that could be read."""
    if fault := fault_of_end(reply):
        return ReadReply((), (fault,))
    fence = _FENCE.match(reply.text)
    text = fence[1] if fence else reply.text
    return _read_json(text) if form == JSON_FORM else _read_lines(text)


def fault_of_end(reply: WriterReply) -> RowFault | None:
    """The fault that a reply is lacking, cut off, refused, empty or longer than anything that was asked for."""
    if reply.end in _ENDS:
        return RowFault(_ENDS[reply.end], reply.reason)
    if not reply.text.strip():
        return RowFault("no_reply", reply.reason or "the reply is empty")
    if len(reply.text) > _LONGEST_CONVERSATION:
        return RowFault("too_long", f"{len(reply.text):,} characters")
    return None


def role_fault(messages: Sequence[SpokenMessage]) -> RowFault | None:
    """The fault that a conversation does not alternate from the user to the assistant, which has the last word."""
    for number, message in enumerate(messages):
        expected = (USER, ASSISTANT)[number % 2]
        if message.role != expected:
            return RowFault("wrong_roles", f"message {number + 1} is the {message.role}'s, not the {expected}'s")
    if len(messages) % 2:
        return RowFault("wrong_roles", "the last message is the user's")
    return None


def _fault(code: str, detail: str, messages: Sequence[SpokenMessage] = ()) -> ReadReply:
    return ReadReply(tuple(messages), (RowFault(code, detail),))


def _read_json(text: str) -> ReadReply:
    try:
        value = json.loads(text, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        return _fault("not_json", text.strip()[:80])
    if isinstance(value, _Pairs) and value.names() and set(map(str.lower, value.names())) <= set(_ROLES):
        return _read_speaker_keys(value)
    listed = value.get("conversation") if isinstance(value, _Pairs) and len(value) == 1 else None
    if not isinstance(listed, list):
        return _fault("wrong_shape", "no object with the key `conversation` alone")
    messages = []
    for number, entry in enumerate(listed, 1):
        pairs = entry if isinstance(entry, _Pairs) else _Pairs()
        role, content = pairs.get("role"), pairs.get("content")
        if len(pairs) != 2 or not isinstance(content, str) or str(role).lower() not in _ROLES:
            return _fault("wrong_shape", f"message {number} has no role and content")
        messages.append(SpokenMessage(_ROLES[str(role).lower()], content.strip()))
    return ReadReply(tuple(messages)) if messages else _fault("wrong_shape", "the conversation is empty")


def _read_speaker_keys(pairs: _Pairs) -> ReadReply:
    """Reads an object whose keys are speakers, as the review asked for: a longer talk repeats them, twins and all."""
    if not all(isinstance(content, str) for _, content in pairs):
        return _fault("wrong_shape", "a message is no text")
    messages = tuple(SpokenMessage(_ROLES[name.lower()], content.strip()) for name, content in pairs)
    if len(set(pairs.names())) == len(pairs):
        return ReadReply(messages)
    return _fault("twin_keys", f"{len(pairs)} messages under {len(set(pairs.names()))} keys", messages)


def _read_lines(text: str) -> ReadReply:
    """Reads lines that begin with their speaker; a line without one goes on with the message before it."""
    spoken: list[tuple[str, list[str]]] = []
    for line in text.strip().splitlines():
        speaker = _SPEAKER.match(line)
        if speaker:
            spoken.append((_ROLES[speaker[1].lower()], [line[speaker.end() :]]))
        elif spoken:
            spoken[-1][1].append(line)
        elif line.strip():
            return _fault("wrong_shape", f"a line before the first message: {line.strip()[:60]}")
    messages = tuple(SpokenMessage(role, "\n".join(lines).strip()) for role, lines in spoken)
    return ReadReply(messages) if messages else _fault("wrong_shape", "nobody speaks")


class _Pairs(list[tuple[str, Any]]):
    """The members of a JSON object in their order, twins included."""

    def names(self) -> list[str]:
        return [name for name, _ in self]

    def get(self, name: str) -> Any:
        """The value under a name that stands there once."""
        values = [value for key, value in self if key == name]
        return values[0] if len(values) == 1 else None
