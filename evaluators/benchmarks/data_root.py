"""The folder with a user's benchmarks: its files are found, and read with a sentence for what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from vlitqa.containers.stream import read_whole
from vlitqa.errors import DatasetError, UsageError

_CAP = 1 << 30
"""Bytes that a file of a benchmark may have."""


@dataclass(frozen=True, slots=True)
class DataRoot:
    """A folder that holds the files of a benchmark, in its published tree or without the upper folders of it."""

    folder: Path
    title: str
    """Of the benchmark, for the sentence about a file that is missing."""

    def find(self, *names: str) -> Path:
        """The first of several files, or folders, that exists; raises UsageError where none does."""
        for name in names:
            parts = name.split("/")
            for start in range(len(parts)):
                path = self.folder.joinpath(*parts[start:])
                if path.exists():
                    return path
        raise UsageError(
            f"{self.title}: {' or '.join(names)} is not in {self.folder}.",
            repair="--data-root names the folder that holds it, or any folder above as far as is written here.",
        )

    @contextmanager
    def reading(self, path: Path) -> Iterator[None]:
        """Turns every error about a file that is not as it was published into one with the file and the field."""
        try:
            yield
        except OSError as error:
            raise DatasetError(f"{path} cannot be read ({error.strerror}).") from None
        except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
            reason = f"no field {error}" if isinstance(error, KeyError) else str(error)
            raise DatasetError(
                f"{path} is not as {self.title} is published ({reason}).",
                repair="Is it another file? If not, fetch it again.",
            ) from None

    def content(self, path: Path) -> bytes:
        """The bytes of a file, unpacked; raises DatasetError for what is no file or never ends."""
        return read_whole(path, _CAP)

    def json(self, *names: str) -> Any:
        """The content of the first of several JSON files that exists."""
        path = self.find(*names)
        with self.reading(path):
            return orjson.loads(self.content(path))

    def lines(self, *names: str) -> list[str]:
        """The lines of the first of several texts that exists."""
        path = self.find(*names)
        with self.reading(path):
            return [line.rstrip("\r") for line in self.content(path).decode("utf-8-sig").split("\n")]


def open_data_root(root: Path | None, title: str, files: tuple[str, ...]) -> DataRoot:
    """The data root of a benchmark; raises UsageError where none was named."""
    if root is None:
        raise UsageError(
            f"{title} needs its questions.", repair=f"--data-root: the folder with {', '.join(files) or 'its files'}."
        )
    if not root.is_dir():
        raise UsageError(f"--data-root {root} is no folder.", repair=f"Name the folder that holds {', '.join(files)}.")
    return DataRoot(root, title)


def texts_of(value: Any) -> tuple[str, ...]:
    """One or several texts, whatever holds them."""
    items = value if isinstance(value, list | tuple) else [value]
    answers = (item["answer"] if isinstance(item, Mapping) and "answer" in item else item for item in items)
    return tuple(str(answer) for answer in answers if answer is not None)
