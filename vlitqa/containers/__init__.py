"""The packing of rows in a file: lines, objects, tables, Parquet, tar; judged by content, never by suffix."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import orjson

from vlitqa.containers.encoding import refuse_other_encodings
from vlitqa.containers.stream import ByteStream, SourceFile
from vlitqa.containers.window import Accepts
from vlitqa.errors import DatasetError
from vlitqa.records import RawRow, Reject, Row

_HEAD = 1 << 20


@dataclass(frozen=True, slots=True)
class Container:
    """The packing of one file, and a reader of its rows."""

    name: str
    rows: Callable[[ByteStream], Iterator[RawRow | Reject]]
    embeds: bool = False
    """True if its rows carry the bytes of their images."""


def detect_container(source: SourceFile, accepts: Accepts) -> Container:
    """Finds the container of a file; raises DatasetError where there is none."""
    path = source.path
    with source.stream() as stream:
        head, packed = stream.head(_HEAD), stream.compression
    plain = _detect_plain(source, head, accepts)
    if packed and plain.name == "parquet":
        raise DatasetError(f"{path} is a compressed Parquet file.", repair="Unpack it: Parquet compresses by itself.")
    return replace(plain, name=f"{plain.name}.{packed}") if packed else plain


def _detect_plain(source: SourceFile, head: bytes, accepts: Accepts) -> Container:
    from vlitqa.containers import lines, objects, parquet, tables, webdataset

    if head.startswith(parquet.MAGIC):
        parquet.refuse_damaged_schema(source)
        return Container("parquet", lambda stream: parquet.read_parquet(stream.source))
    if webdataset.is_tar(head):
        return Container("webdataset", webdataset.read_webdataset, embeds=True)
    refuse_other_encodings(head, str(source.path))
    text = head.removeprefix(lines.BOM).lstrip()
    if _is_jsonl(text, accepts):
        return Container("jsonl", lines.read_lines)
    if text[:1] in (b"[", b"{"):
        name = "json array" if text[:1] == b"[" else "json objects"
        return Container(name, lambda stream: objects.read_objects(stream, accepts))
    if delimiter := tables.find_delimiter(head):
        name = {"\t": "tsv"}.get(delimiter, "csv")
        return Container(name, lambda stream: tables.read_csv(stream, delimiter))
    if not text:
        return Container("empty", lines.read_lines)
    raise DatasetError(
        f"{source.path} is no dataset that vlitqa can read: neither JSON, JSON Lines, CSV, TSV, Parquet nor tar.",
        repair="`vlitqa catalogue formats` lists what is read.",
    )


def _is_jsonl(text: bytes, accepts: Accepts) -> bool:
    """True if every row stands on a line of its own, though some lines may be broken."""
    lines = [line for line in text.split(b"\n")[:200] if line.strip()]
    if not lines or _opens_array(lines[0]) or any(line.strip() == b"{" for line in lines):
        return False
    objects = [_parse_object(line) for line in lines]
    are_rows = [value is not None and accepts(value) for value in objects]
    if any(are_rows):
        openings = sum(line.startswith(b"{") for line in lines)
        return are_rows[0] or 2 * sum(are_rows) > openings
    return len(lines) > 1 and sum(value is not None for value in objects) > len(lines) // 2


def _opens_array(line: bytes) -> bool:
    """True if an array begins in the line and goes on behind it."""
    if not line.startswith(b"["):
        return False
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return True
    return False


def _parse_object(line: bytes) -> Row | None:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None
