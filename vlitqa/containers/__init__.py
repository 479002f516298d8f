"""The packing of rows in a file: lines, objects, tables, Parquet, tar; judged by content, never by suffix."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from vlitqa.containers.encoding import refuse_other_encodings
from vlitqa.containers.row_lines import holds_row_lines
from vlitqa.containers.stream import SourceFile
from vlitqa.containers.window import Accepts
from vlitqa.errors import DatasetError
from vlitqa.records import RawRow, Reject

_HEAD = 1 << 20


@dataclass(frozen=True, slots=True)
class Container:
    """The packing of one file, and a reader of its rows."""

    name: str
    rows: Callable[..., Iterator[RawRow | Reject]]
    """Reads a stream of the source that it was found for."""
    embeds: bool = False
    """True if its rows carry the bytes of their images."""


def detect_container(source: SourceFile, accepts: Accepts) -> Container:
    """Finds the container of a file; raises DatasetError where there is none."""
    path = source.path
    with source.stream() as stream:
        head, packed = stream.head(_HEAD), stream.compression
    plain = _detect_plain(source, head, accepts)
    if packed and plain.name in ("parquet", "arrow"):
        raise DatasetError(f"{path} is a compressed {plain.name.capitalize()} file.", repair="Unpack it first.")
    return replace(plain, name=f"{plain.name}.{packed}") if packed else plain


def _detect_plain(source: SourceFile, head: bytes, accepts: Accepts) -> Container:
    from vlitqa.containers import arrow, lines, objects, parquet, tables, webdataset

    if head.startswith(parquet.MAGIC):
        parquet.refuse_damaged_schema(source)
        return Container("parquet", lambda stream: parquet.read_parquet(stream.source))
    if arrow.is_arrow(head):
        return Container("arrow", lambda stream: arrow.read_arrow(stream.source))
    if webdataset.is_tar(head):
        return Container("webdataset", webdataset.read_webdataset, embeds=True)
    refuse_other_encodings(head, source.path)
    text = head.removeprefix(lines.BOM).lstrip()
    if holds_row_lines(text.decode("utf-8", "replace"), accepts):
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
        f"{source.path} is no dataset that vlitqa can read: neither JSON, JSON Lines, CSV, TSV, Parquet, Arrow nor "
        "tar.",
        repair="`vlitqa catalogue formats` lists what is read.",
    )
