"""Requests to the batch interfaces of OpenAI, Anthropic and Gemini, with the messages inside, and their results."""

from __future__ import annotations

from collections.abc import Mapping

from vlitqa.formats.fields import image_names, list_of, wrong_type
from vlitqa.formats.openai_messages import record_of_messages
from vlitqa.formats.role_content import is_dialogue, read_messages, write_dialogue
from vlitqa.records import Place, Record, Row

_BODIES = ("body", "params")
"""The fields around a request: OpenAI's and Anthropic's."""
_LISTS = ("messages", "input")
"""Its messages: those of chats, and those of OpenAI's responses."""


class ChatRequests:
    """Rows of `custom_id` and a `body` or `params` that holds `messages`, or the `input` of OpenAI's responses."""

    name = "chat-requests"

    def recognises(self, row: Row) -> bool:
        """True for an id around a request with messages."""
        return "custom_id" in row and any(_list_in(row.get(body)) for body in _BODIES)

    def read(self, row: Row, *, place: Place) -> Record:
        """Reads a row; raises RejectedRecord."""
        field = next((body for body in _BODIES if row.get(body) is not None), _BODIES[0])
        body = row.get(field)
        if not isinstance(body, dict):
            raise wrong_type(field, "an object", body, place)
        listed = _list_in(body) or _LISTS[0]
        illustrated = read_messages(list_of(body, listed, place, within=f"{field}."), f"{field}.{listed}", place)
        system = body.get("system") or body.get("instructions")
        return record_of_messages(row, illustrated, place, system=system)

    def write(self, record: Record) -> Row:
        """Writes the row of a record."""
        if record.source is not None:
            return record.source
        body = {"messages": write_dialogue(record)}
        return {"custom_id": record.id, "body": body, "images": image_names(record.images)}


def _list_in(body: object) -> str:
    """The field of the messages in a request; empty where there is none."""
    return next((name for name in _LISTS if isinstance(body, Mapping) and is_dialogue(body, name)), "")
