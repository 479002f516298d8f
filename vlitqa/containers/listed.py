"""Datasets that a file lists: LLaMA-Factory's `dataset_info.json`, InternVL's meta file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from vlitqa.errors import DatasetError

_LONGEST_LIST = 1 << 24
"""Bytes of a list: some ten thousand entries take less."""
_SHOWN = 12
_MAPPED = {"prompt": "instruction", "response": "response", "images": "image"}
"""By the columns of LLaMA-Factory: the parts of a record that they name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedDataset:
    """A dataset as its entry describes it."""

    path: Path
    images: Path | None = None
    """The folder of its images, where the entry names one."""
    mapping: Mapping[str, str]
    """The fields of a record's parts, where they have names of their own."""


def find_listed(file: Path, name: str) -> ListedDataset:
    """The dataset of this name in a file that lists some; raises DatasetError where there is none, or no such file."""
    entries = _read_entries(file)
    if name not in entries:
        shown = f"{', '.join(list(entries)[:_SHOWN])}{' …' if len(entries) > _SHOWN else ''}"
        raise DatasetError(f"{file} lists no dataset {name!r}.", repair=f"It lists {shown}.")
    entry = entries[name]
    if isinstance(hub := entry.get("hf_hub_url"), str):
        return ListedDataset(path=Path(f"hub:{hub}"), mapping=_mapping(entry))
    named = next((entry[key] for key in ("file_name", "annotation") if isinstance(entry.get(key), str)), "")
    if not named:
        raise DatasetError(f"{file}: {name} names no file.", repair="Give it a file_name or an annotation.")
    root = entry.get("root")
    images = _find(file, root) if isinstance(root, str) and root else None
    path = _find(file, named)
    if path is None:
        raise DatasetError(f"{file}: {name} names {named}, which is not there.", repair="Fetch it, or mend the list.")
    return ListedDataset(path=path, images=images, mapping=_mapping(entry))


def _read_entries(file: Path) -> Mapping[str, Mapping[str, Any]]:
    try:
        with file.open("rb") as content:
            listed = orjson.loads(content.read(_LONGEST_LIST))
    except (OSError, orjson.JSONDecodeError):
        listed = None
    if not isinstance(listed, dict) or not listed or not all(isinstance(entry, dict) for entry in listed.values()):
        raise DatasetError(f"{file} lists no datasets.", repair="--config names an entry of a list, or of a folder.")
    return listed


def _find(file: Path, named: str) -> Path | None:
    """A file or folder that a list names: from the folder of the list, or from one above it."""
    return next((place for folder in file.absolute().parents if (place := folder / named).exists()), None)


def _mapping(entry: Mapping[str, Any]) -> Mapping[str, str]:
    """The fields that an entry of LLaMA-Factory's alpaca kind calls otherwise; none where they have the usual names."""
    columns = entry.get("columns")
    if entry.get("formatting", "alpaca") != "alpaca" or not isinstance(columns, dict) or "prompt" not in columns:
        return {}
    mapping = {part: columns[name] for name, part in _MAPPED.items() if isinstance(columns.get(name), str)}
    return {} if mapping.get("instruction") in ("instruction", "prompt") else mapping
