"""Gemini: `contents` of `role` and `parts`, as in files to tune or to ask by, with images inline or by address."""

from __future__ import annotations

from vlitqa.formats.fields import image_names, list_of
from vlitqa.formats.openai_messages import record_of_messages
from vlitqa.formats.role_content import MessageFields, read_messages, write_dialogue
from vlitqa.records import Place, Record, Row

_FIELDS = MessageFields(content="parts")
_SPEAKERS = {"user": "user", "assistant": "model", "system": "system"}


class Gemini:
    """Rows of `contents`, perhaps around a `systemInstruction`, or the same in a `request`."""

    name = "gemini"

    def recognises(self, row: Row) -> bool:
        """True for a list of `contents` with `parts`."""
        match _request(row).get("contents"):
            case [{"parts": _}, *_]:
                return True
        return False

    def read(self, row: Row, *, place: Place) -> Record:
        """Reads a row; raises RejectedRecord."""
        request = _request(row)
        contents = [_with_role(content) for content in list_of(request, "contents", place)]
        illustrated = read_messages([*contents, *_answer(row)], "contents", place, _FIELDS)
        system = request.get("systemInstruction") or request.get("system_instruction")
        parts = system.get("parts") if isinstance(system, dict) else system
        return record_of_messages(row, illustrated, place, system=parts)

    def write(self, record: Record) -> Row:
        """Writes the row of a record; its images stand beside it, with placeholders in the texts."""
        if record.source is not None:
            return record.source
        contents = [
            {"role": _SPEAKERS[str(message["role"])], "parts": _parts(message["content"])}
            for message in write_dialogue(record)
        ]
        return {"id": record.id, "contents": contents, "images": image_names(record.images)}


def _with_role(content: object) -> object:
    """What one side says; where it does not say which, it is the user."""
    return {"role": "user", **content} if isinstance(content, dict) else content


def _answer(row: Row) -> list[object]:
    """What the model said, in a row of the result of a batch."""
    match row.get("response"):
        case {"candidates": [{"content": {"parts": parts}}, *_]}:
            return [{"role": "model", "parts": parts}]
    return []


def _request(row: Row) -> Row:
    """What is asked for: the row itself, or the `request` in a row of a batch."""
    request = row.get("request")
    return request if isinstance(request, dict) else row


def _parts(content: object) -> list[object]:
    """The parts of a message whose content may be one text."""
    return content if isinstance(content, list) else [{"text": content}]
