"""A configuration and a split of a dataset in a folder, as the library `datasets` and the hub name them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vlitqa.containers.shards import may_hold_rows
from vlitqa.errors import DatasetError

_CARD = "README.md"
_LONGEST_HEAD = 1 << 18
"""Bytes of a card that are searched for its head: a head with hundreds of configurations takes some ten thousand."""
_HEAD = re.compile(r"\A---\s*\n(.*?)\n---\s*$", re.DOTALL | re.MULTILINE)
_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test", "testing", "eval", "evaluation"),
}
"""By split: the words by which `datasets` knows it in the names of files and folders."""
_WORDS = re.compile(r"[-_./ 0-9]+")
_USUAL = "default"
_OPTIONS = {"configuration": "--config", "split": "--split"}


@dataclass(frozen=True, slots=True)
class Part:
    """A configuration and a split; each may be left out where there is one alone."""

    config: str = ""
    split: str = ""

    def __bool__(self) -> bool:
        return bool(self.config or self.split)


def files_of_part(folder: Path, part: Part) -> list[Path]:
    """The files of a part of a dataset, in the order of their names; raises DatasetError where there is none.

    The card of the dataset says which files are a configuration and a split; without it, names of files do.
    """
    configs = _configs_of_card(folder)
    files = _files_by_card(folder, configs, part) if configs else _files_by_name(folder, part)
    if not files:
        raise DatasetError(f"{folder} holds no file of {_in_words(part)}.", repair="Check what lies in the folder.")
    return files


def _configs_of_card(folder: Path) -> Mapping[str, Any]:
    """By name: the configurations in the head of the card that say which files are theirs."""
    import yaml

    try:
        text = (folder / _CARD).read_bytes()[:_LONGEST_HEAD].decode(errors="replace")
        head = _HEAD.match(text)
        content = yaml.safe_load(head[1]) if head else None
    except (OSError, RecursionError, yaml.YAMLError):
        return {}
    listed = content.get("configs") if isinstance(content, dict) else None
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    return {str(entry.get("config_name", _USUAL)): entry for entry in entries if "data_files" in entry}


def _files_by_card(folder: Path, configs: Mapping[str, Any], part: Part) -> list[Path]:
    usual = [name for name, entry in configs.items() if entry.get("default") is True or name == _USUAL]
    config = _choose("configuration", part.config, list(configs), usual, folder)
    splits = _patterns_by_split(configs[config]["data_files"])
    split = _choose("split", part.split, list(splits), [], folder)
    base = folder / str(configs[config].get("data_dir") or "")
    files = {file for pattern in splits[split] for file in _glob(base, pattern, folder) if file.is_file()}
    return sorted(files)


def _patterns_by_split(data_files: Any) -> Mapping[str, list[str]]:
    """The patterns of each split, in all the ways in which a card may write them; without a name it is `train`."""
    if isinstance(data_files, Mapping):
        return {str(split): _texts(patterns) for split, patterns in data_files.items()}
    if isinstance(data_files, list) and all(isinstance(entry, dict) for entry in data_files):
        return {str(entry.get("split", "train")): _texts(entry.get("path")) for entry in data_files}
    return {"train": _texts(data_files)}


def _texts(value: Any) -> list[str]:
    return list(map(str, value)) if isinstance(value, list) else [] if value is None else [str(value)]


def _glob(base: Path, pattern: str, folder: Path) -> Iterator[Path]:
    """The files that a pattern of a card names; raises DatasetError for one that leaves the folder."""
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        raise DatasetError(f"The card of {folder} names {pattern!r}, which is no place in it.", repair="Mend the card.")
    return base.glob(pattern)


def _files_by_name(folder: Path, part: Part) -> list[Path]:
    base = folder / part.config if part.config else folder
    if not base.is_dir() or ".." in Path(part.config).parts:
        inside = sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
        message = f"{folder} has no configuration {part.config!r}: neither its card nor a folder is called so."
        raise DatasetError(message, repair=f"Its folders are {', '.join(inside[:9])}." if inside else "Leave it out.")
    files = [file for file in sorted(base.rglob("*")) if may_hold_rows(file) and not _is_hidden(file, base)]
    if not part.split:
        return files
    words = _SYNONYMS.get(part.split, (part.split,))
    chosen = [file for file in files if not set(words).isdisjoint(_WORDS.split(str(file.relative_to(base)).lower()))]
    if files and not chosen:
        listed = ", ".join(str(file.relative_to(base)) for file in files[:5])
        raise DatasetError(f"No file of {base} is named as the split {part.split!r}.", repair=f"It holds {listed}.")
    return chosen


def _is_hidden(file: Path, base: Path) -> bool:
    return any(name.startswith(".") for name in file.relative_to(base).parts)


def _choose(what: str, wanted: str, names: Sequence[str], usual: Sequence[str], folder: Path) -> str:
    """The name that is wanted, or the only one, or the usual one; raises DatasetError where nothing decides."""
    if wanted in names:
        return wanted
    if not wanted and (len(names) == 1 or usual):
        return usual[0] if usual else names[0]
    listed = f"{', '.join(names[:12])}{' …' if len(names) > 12 else ''}"
    if wanted:
        raise DatasetError(f"{folder} has no {what} {wanted!r}.", repair=f"It has {listed}.")
    raise DatasetError(f"{folder} holds several {what}s: {listed}.", repair=f"Name one: {_OPTIONS[what]} {names[0]}.")


def _in_words(part: Part) -> str:
    named = {"configuration": part.config, "split": part.split}
    return " and ".join(f"the {what} {name!r}" for what, name in named.items() if name)
