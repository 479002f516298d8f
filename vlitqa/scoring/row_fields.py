"""Fields of rows that no format reads: what the first rows have, and the value of one."""

from __future__ import annotations

from itertools import islice
from typing import Any

from vlitqa.reader import Dataset
from vlitqa.records import RawRow, Row

_SAMPLE_ROWS = 100


def first_fields(dataset: Dataset) -> dict[str, None]:
    """The fields of the first rows."""
    with dataset.source.stream() as stream:
        rows = islice(dataset.container.rows(stream), _SAMPLE_ROWS)
        return dict.fromkeys(name for raw in rows if isinstance(raw, RawRow) for name in raw.row)


def value_of_field(row: Row, field: str) -> Any:
    """The value of a field, or of a field inside of one, written with points between them."""
    value: Any = row
    for name in [field] if field in row else field.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
