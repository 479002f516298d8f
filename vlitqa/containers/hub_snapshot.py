"""Datasets of the hub where its cache keeps them: `hub:owner/name`, `hub:owner/name@revision`, and files inside."""

from __future__ import annotations

import os
import re
from pathlib import Path

from vlitqa.errors import DatasetError

_PREFIX = "hub:"
_OWNER = re.compile(r"[\w.-]+", re.ASCII)
_NAME = re.compile(r"([\w.-]+)(?:@([\w./-]+))?", re.ASCII)
_SNAPSHOTS = "snapshots"


def find_in_cache(path: Path) -> Path:
    """The place in the hub's cache that a path such as `hub:owner/name` means; any other path as it is.

    Raises DatasetError for a name that is none, and for a dataset that was not fetched.
    """
    text = str(path)
    if not text.startswith(_PREFIX):
        return path
    owner, _, rest = text.removeprefix(_PREFIX).partition("/")
    name, *inside = rest.split("/")
    named = _NAME.fullmatch(name)
    if not _OWNER.fullmatch(owner) or named is None or ".." in (owner, named[1], *inside):
        raise DatasetError(f"{text} names no dataset of the hub.", repair="Write hub:owner/name.")
    name, revision = named[1], named[2] or "main"
    folder = _cache() / f"datasets--{owner}--{name}"
    reference = folder / "refs" / revision
    commit = reference.read_text(encoding="utf-8").strip() if reference.is_file() else revision
    snapshot = folder / _SNAPSHOTS / commit
    if not snapshot.is_dir():
        wanted = "" if revision == "main" else f" --revision {revision}"
        raise DatasetError(
            f"{owner}/{name} is not in the hub's cache on this machine ({_cache()}).",
            repair=f"Fetch it: hf download --repo-type dataset {owner}/{name}{wanted}",
        )
    return snapshot.joinpath(*inside)


def name_of_place(path: Path) -> str:
    """The name of a dataset: that of its file or folder, or that of the repository whose snapshot the folder is."""
    if path.parent.name == _SNAPSHOTS and (parts := path.parents[1].name.split("--"))[0] == "datasets":
        return parts[-1]
    return path.name


def blobs_of_snapshot(folder: Path) -> Path | None:
    """The folder in which the cache keeps the files of a snapshot, which are links; None for any other folder."""
    snapshots = next((parent for parent in folder.parents if parent.name == _SNAPSHOTS), None)
    blobs = snapshots and snapshots.parent / "blobs"
    return blobs if blobs and blobs.is_dir() else None


def _cache() -> Path:
    """Where the hub's own programs keep what they fetched."""
    if named := os.environ.get("HF_HUB_CACHE"):
        return Path(named).expanduser()
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface"
    return Path(home).expanduser() / "hub"
