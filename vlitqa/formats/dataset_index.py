"""Files that list datasets and hold none: LLaMA-Factory's `dataset_info.json`, InternVL's meta file."""

from __future__ import annotations

from vlitqa.records import Row

_FILE_FIELDS = ("file_name", "annotation", "hf_hub_url")
"""The fields of an entry that name its dataset."""


def datasets_listed(row: Row) -> list[str]:
    """The names of the datasets that the only object of a file lists; none for any other object."""
    entries = [value for value in row.values() if isinstance(value, dict)]
    if len(entries) < len(row):
        return []
    names = [
        next((entry[field] for field in _FILE_FIELDS if isinstance(entry.get(field), str)), "") for entry in entries
    ]
    return names if all(names) else []
