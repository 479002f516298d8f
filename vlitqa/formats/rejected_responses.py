"""Responses that were rejected in favour of others, as data of preferences holds them."""

from __future__ import annotations

from collections.abc import Sequence

from vlitqa.formats.fields import missing_field, text_of
from vlitqa.formats.message_parts import read_content
from vlitqa.records import Place, Row


def read_rejected(row: Row, fields: Sequence[str], place: Place) -> str | None:
    """The rejected response in the first of these fields that a row has: a text, a message, or the last of several."""
    field = next((field for field in fields if row.get(field) is not None), None)
    if field is None:
        return None
    value = row[field]
    while isinstance(value, list):
        if not value:
            return None
        value = value[-1]
    if isinstance(value, dict):
        key = "content" if "content" in value else "value"
        if key not in value:
            raise missing_field(f"{field}.{key}", place)
        return read_content(value[key], f"{field}.{key}", place)[0]
    return text_of(value, field, place)
