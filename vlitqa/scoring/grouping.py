"""The groups of records: by a field of their rows, such as their source, or by their files."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from vlitqa.catalogue import suggestion
from vlitqa.containers.shards import ShardedSource
from vlitqa.errors import UsageError
from vlitqa.reader import Dataset
from vlitqa.records import Record
from vlitqa.results.groups import SOURCE_LABEL
from vlitqa.scoring.row_fields import value_of_field

BY_FILE = "file"
"""Stands for the file of a row, where no field is called so."""
_SOURCE_FIELDS = ("source", "data_source", "dataset_name", "channel", "category")
"""Fields in which datasets in use name the source of a row; the first that is there is meant by `source`."""
_LONGEST_NAME = 80
"""Letters of a group's name: a field of long texts names no groups."""
_UNNAMED = "(none)"
"""The group of rows without the field."""


@dataclass(frozen=True, slots=True)
class RowGroups:
    """The field that names the group of each row."""

    field: str
    file: str
    """The name of the dataset, where it is one file."""
    is_of_rows: bool
    """False where the files are the groups."""

    def group_of(self, record: Record) -> str:
        """The name of the group of a record."""
        if not self.is_of_rows:
            return record.place.file or self.file
        return _name(value_of_field(record.source or {}, self.field))


def choose_grouping(dataset: Dataset, field: str) -> RowGroups | None:
    """The groups of a dataset by a field; None without one. Raises UsageError where none of its first rows has it."""
    if not field:
        return None
    fields = dataset.fields
    candidates = _SOURCE_FIELDS if field == SOURCE_LABEL else (field,)
    chosen = next((name for name in candidates if name in fields or name.partition(".")[0] in fields), "")
    if chosen:
        return RowGroups(chosen, dataset.name, is_of_rows=True)
    if field == BY_FILE or (field == SOURCE_LABEL and isinstance(dataset.source, ShardedSource)):
        return RowGroups(BY_FILE, dataset.name, is_of_rows=False)
    if field == SOURCE_LABEL:
        names = ", ".join(_SOURCE_FIELDS)
        raise UsageError(f"--by source: {dataset.name} has none of the fields {names}.", repair="Name the field.")
    raise UsageError(
        f"--by {field}: none of the first rows of {dataset.name} has this field.",
        repair=suggestion(field, dict.fromkeys([*fields, BY_FILE])),
    )


def _name(value: object) -> str:
    if value is None or value == "":
        return _UNNAMED
    text = value if isinstance(value, str) else orjson.dumps(value, default=str).decode(errors="replace")
    return text if len(text) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME]}…"
