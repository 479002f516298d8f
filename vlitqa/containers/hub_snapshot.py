"""Datasets of the hub where its cache keeps them: `hub:owner/name`, `hub:owner/name@revision`, and files inside."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from vlitqa.errors import DatasetError, ToolMissing

_PREFIX = "hub:"
_OWNER = re.compile(r"[\w.-]+", re.ASCII)
_NAME = re.compile(r"([\w.-]+)(?:@([\w./-]+))?", re.ASCII)
_SNAPSHOTS = "snapshots"
_CARD = "README.md"
"""The card of a dataset, which says which files are its splits."""


def find_in_cache(path: Path) -> Path:
    """The place in the hub's cache that a path such as `hub:owner/name` means; any other path as it is.

    Raises DatasetError for a name that is none, and for a dataset that was not fetched.
    """
    place = _parse(path)
    if place is None:
        return path
    folder = _cache() / f"datasets--{place.owner}--{place.name}"
    reference = folder / "refs" / place.revision
    commit = reference.read_text(encoding="utf-8").strip() if reference.is_file() else place.revision
    snapshot = folder / _SNAPSHOTS / commit
    if not snapshot.is_dir():
        wanted = "" if place.revision == "main" else f" --revision {place.revision}"
        raise DatasetError(
            f"{place.owner}/{place.name} is not in the hub's cache on this machine ({_cache()}).",
            repair=f"Fetch it: --fetch, or hf download --repo-type dataset {place.owner}/{place.name}{wanted}",
        )
    return snapshot.joinpath(*place.inside)


def fetch_snapshot(path: Path) -> None:
    """Fetches what a path such as `hub:owner/name` means into the hub's cache; raises DatasetError where it cannot.

    Any other path is left alone. What the cache holds already is not fetched again.
    """
    place = _parse(path)
    if place is None:
        return
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError
    except ImportError:
        message = "--fetch needs huggingface_hub, which is not installed."
        raise ToolMissing(message, repair="pip install huggingface_hub") from None
    repository = f"{place.owner}/{place.name}"
    try:
        snapshot_download(
            repository,
            repo_type="dataset",
            revision=place.revision,
            cache_dir=_cache(),
            allow_patterns=["/".join(place.inside), "/".join((*place.inside, "*")), _CARD] if place.inside else None,
        )
    except RevisionNotFoundError:
        message = f"{repository} has no revision {place.revision!r}."
        raise DatasetError(message, repair="Check the name behind @.") from None
    except RepositoryNotFoundError:
        message = f"The hub has no dataset {repository}, or shows it to nobody without a token."
        raise DatasetError(message, repair="Check the name; `hf auth login` keeps a token.") from None
    except (HfHubHTTPError, OSError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0][:200]
        raise DatasetError(f"{repository} cannot be fetched: {reason}", repair="Try again later.") from None


@dataclass(frozen=True, slots=True)
class _HubPlace:
    owner: str
    name: str
    revision: str
    inside: tuple[str, ...]
    """The parts of a path or a pattern in the repository."""


def _parse(path: Path) -> _HubPlace | None:
    """The parts of `hub:owner/name@revision/files`; None for any other path."""
    text = str(path)
    if not text.startswith(_PREFIX):
        return None
    owner, _, rest = text.removeprefix(_PREFIX).partition("/")
    name, *inside = rest.split("/")
    named = _NAME.fullmatch(name)
    if not _OWNER.fullmatch(owner) or named is None or ".." in (owner, named[1], *inside):
        raise DatasetError(f"{text} names no dataset of the hub.", repair="Write hub:owner/name.")
    return _HubPlace(owner, named[1], named[2] or "main", tuple(inside))


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
