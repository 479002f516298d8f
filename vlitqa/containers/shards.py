"""A dataset of several files: a folder of shards, or those that a pattern names, read one after another."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from pathlib import Path

from msgspec.structs import replace

from vlitqa.containers import Container, detect_container
from vlitqa.containers.stream import ByteStream, SourceFile
from vlitqa.containers.window import Accepts
from vlitqa.errors import DatasetError
from vlitqa.records import Place, RawRow, Reject, Row

_ENDINGS = tuple(
    f".{kind}{packed}"
    for kind in ("json", "jsonl", "csv", "tsv", "parquet", "arrow", "tar")
    for packed in ("", ".gz", ".zst")
)
_BESIDE = frozenset(
    ("state.json", "dataset_info.json", "dataset_dict.json", "dataset_infos.json", "config.json", "vlitqa.toml")
)
"""Files that lie beside shards and hold no rows."""
_OURS = (".gold.jsonl", "ledger.parquet")
"""How the names of files end that vlitqa writes beside datasets."""
_SUBFOLDERS = ("", "data", "train")
"""Where the shards of a folder are: in it, or in one of these folders below it."""
_SHARD = re.compile(r"(.+?)-\d{5}-of-\d{5}")
"""The name of a shard of a split."""
_FIRST_ROWS = 5
"""Rows of a file that are asked for their format."""
_NAME_SOME = "Name those of one kind by a pattern in quotes, such as 'data/train-*'."
_PATTERN = frozenset("*?[")


def names_shards(path: Path) -> bool:
    """True for a folder, and for a pattern that is no name of a file."""
    try:
        return path.is_dir() or (not path.exists() and not _PATTERN.isdisjoint(str(path)))
    except (OSError, ValueError):
        return False  # whoever opens it says why no file can have this name


def find_shards(path: Path) -> list[Path]:
    """The files of a dataset, in the order of their names; raises DatasetError where there is none."""
    if not path.is_dir():
        anchor, pattern = (
            (Path(path.anchor), str(path.relative_to(path.anchor))) if path.is_absolute() else (Path(), str(path))
        )
        files = sorted(file for file in anchor.glob(pattern) if file.is_file())
        if not files:
            raise DatasetError(f"No file is named {path}.", repair="Check the pattern; a shell needs it in quotes.")
        _refuse_equal_names(path, files)
        return files
    for folder in _SUBFOLDERS:
        files = [file for file in sorted((path / folder).glob("*")) if may_hold_rows(file)]
        if files:
            _refuse_splits(path / folder, files)
            return files
    raise DatasetError(
        f"{path} holds no file of a dataset: none ends in .json, .jsonl, .csv, .tsv, .parquet, .arrow or .tar.",
        repair="Name the folder that the shards lie in, or a pattern in quotes, such as 'data/train-*'.",
    )


def _refuse_splits(folder: Path, files: Sequence[Path]) -> None:
    """Raises DatasetError for the shards of several splits, as the hub names them: they are no single dataset."""
    splits = list(dict.fromkeys(named[1] for file in files if (named := _SHARD.match(file.name))))
    if len(splits) > 1:
        raise DatasetError(
            f"{folder} holds several splits: {', '.join(splits)}.",
            repair=f"Name one in quotes: '{folder / splits[0]}-*'.",
        )


def _refuse_equal_names(path: Path, files: Sequence[Path]) -> None:
    """Raises DatasetError for two files of one name: a place could not tell which is meant."""
    by_name: dict[str, Path] = {}
    for file in files:
        if (other := by_name.setdefault(file.name, file)) is not file:
            raise DatasetError(f"{path} names {other} and {file}.", repair="Name the shards of one folder at a time.")


def may_hold_rows(file: Path) -> bool:
    """True for a file that may be a shard, by its name."""
    name = file.name.lower()
    return (
        file.is_file()
        and name.endswith(_ENDINGS)
        and name not in _BESIDE
        and not name.startswith(".")
        and not name.endswith(_OURS)
    )


class ShardedSource:
    """Several files that are opened once and read one after another."""

    def __init__(self, path: Path, files: Sequence[SourceFile], containers: Sequence[Container]) -> None:
        self.path, self.files, self.containers = path, files, containers
        self.size = sum(file.size for file in files)

    @cached_property
    def sha256(self) -> str:
        """The digest of the digests of all files and of their order."""
        return hashlib.sha256("\n".join(file.sha256 for file in self.files).encode()).hexdigest()

    def has_changed(self) -> bool:
        """True if the bytes of a file are no longer those of its digest."""
        return any(file.has_changed() for file in self.files)

    @contextmanager
    def stream(self) -> Iterator[ShardStream]:
        """The rows of all files from the first one on."""
        yield ShardStream(self)


class ShardStream:
    """How far the files of a dataset were read."""

    def __init__(self, source: ShardedSource) -> None:
        self.source = source
        self._passed = 0
        self._open: ByteStream | None = None

    def rows(self) -> Iterator[RawRow | Reject]:
        """Yields every row, counted over all files, with the name of its file in its place."""
        first = 0
        for file, container in zip(self.source.files, self.source.containers, strict=True):
            count = 0
            with file.stream() as self._open:
                for entry in container.rows(self._open):
                    count = entry.place.row + 1
                    yield replace(entry, place=_moved(entry.place, first, file.path.name))
            self._open = None
            self._passed += file.size
            first += count

    def share(self) -> float:
        """How much of the files has been read, between 0 and 1."""
        inside = self._open.share() * self._open.source.size if self._open else 0
        return min((self._passed + inside) / self.source.size, 1.0)


def _moved(place: Place, first: int, file: str) -> Place:
    return replace(place, row=place.row + first, file=file, first=first)


def open_shards(path: Path, accepts: Accepts, named: Sequence[Path] = ()) -> tuple[ShardedSource, Container]:
    """Opens all files of a dataset: those that are named, which then has no place of its own, or those of its path.

    Raises DatasetError where some are packed otherwise than the first.
    """
    path = path if path.name not in ("", "..") else path.resolve()  # so that the dataset has a name
    _refuse_equal_names(path, named)
    files = [SourceFile(file) for file in named or find_shards(path)]
    containers = [detect_container(file, accepts) for file in files]
    kinds = {container.name.partition(".")[0] for container in containers} - {"empty"}
    if len(kinds) > 1:
        examples = {container.name: file.path.name for file, container in zip(files, containers, strict=True)}
        listed = ", ".join(f"{name} ({kind})" for kind, name in examples.items())
        raise DatasetError(
            f"The files of {path} are packed in several ways: {listed}.",
            repair=_NAME_SOME,
        )
    whole = Container(
        f"shards of {containers[0].name}",
        lambda stream: stream.rows(),
        embeds=any(container.embeds for container in containers),
    )
    return ShardedSource(path, files, containers), whole


def refuse_mixture(source: ShardedSource, name_format: Callable[[Row], str]) -> None:
    """Raises DatasetError where the first rows of some files have another format than those of the others."""
    formats: dict[str, str] = {}
    for file, container in zip(source.files, source.containers, strict=True):
        with file.stream() as stream:
            sound = (entry.row for entry in container.rows(stream) if isinstance(entry, RawRow))
            names = [name_format(row) for row in islice(sound, _FIRST_ROWS)]
        if names:
            formats.setdefault(next(filter(None, names), "no known format"), file.path.name)
    if len(formats) > 1:
        listed = ", ".join(f"{file} ({name})" for name, file in formats.items())
        raise DatasetError(f"The files of {source.path} hold rows of several formats: {listed}.", repair=_NAME_SOME)
