"""Packs rows into the containers of the field, and reads them back."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tarfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import zstandard

from vlitqa.reader import Reading, open_dataset
from vlitqa.records import Record, Reject

JsonRow = Mapping[str, object]


def dialogue(number: int, *, text: str = "") -> dict[str, object]:
    """A row of the llava format; every third says something beyond ASCII."""
    answer = text or ("A dog sits there.", "Ein Hund, größer als 🐈.", "一只狗坐在那里。")[number % 3]
    return {
        "id": f"row-{number}",
        "image": f"images/{number}.jpg",
        "conversations": [
            {"from": "human", "value": f"<image>\nWhat is in picture {number}?"},
            {"from": "gpt", "value": answer},
        ],
    }


def dialogues(count: int) -> list[dict[str, object]]:
    """So many rows of the llava format."""
    return [dialogue(number) for number in range(count)]


def line_of(row: object) -> bytes:
    """A row as JSON on one line, without its end."""
    return json.dumps(row, ensure_ascii=False).encode()


def lines_of(rows: Sequence[object]) -> bytes:
    """The rows as JSON Lines."""
    return b"".join(line_of(row) + b"\n" for row in rows)


def table_of(rows: Sequence[JsonRow], *, delimiter: str = ",") -> bytes:
    """The rows as CSV; cells with line feeds are quoted."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def tar_of(members: Mapping[str, bytes]) -> bytes:
    """The members as a tar, in the POSIX format."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return file.getvalue()


def zstd(data: bytes) -> bytes:
    """The data as one zstd frame."""
    return zstandard.ZstdCompressor().compress(data)


COMPRESSIONS: Mapping[str, Callable[[bytes], bytes]] = {"": bytes, "gz": gzip.compress, "zst": zstd}


def read_all(path: Path, reading: Reading | None = None) -> list[Record | Reject]:
    """Every row of a file, as a Record or a Reject."""
    with open_dataset(path, reading).entries() as entries:
        return list(entries)


def read_bytes(folder: Path, content: bytes, name: str = "data.jsonl") -> list[Record | Reject]:
    """Every row of a file that holds the bytes."""
    path = folder / name
    path.write_bytes(content)
    return read_all(path)


def codes(entries: Sequence[Record | Reject]) -> dict[str, int]:
    """The number of rejected rows by code."""
    return dict(Counter(entry.code for entry in entries if isinstance(entry, Reject)))


def ids(entries: Sequence[Record | Reject]) -> list[str]:
    """The ids of the records."""
    return [entry.id for entry in entries if isinstance(entry, Record)]


def the_reject(entries: Sequence[Record | Reject]) -> Reject:
    """The one row that was rejected."""
    (reject,) = [entry for entry in entries if isinstance(entry, Reject)]
    return reject
