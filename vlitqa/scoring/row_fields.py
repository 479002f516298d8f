"""The value of a field of a row that no format reads."""

from __future__ import annotations

from typing import Any

from vlitqa.records import Row


def value_of_field(row: Row, field: str) -> Any:
    """The value of a field, or of a field inside of one, written with points between them."""
    value: Any = row
    for name in [field] if field in row else field.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
