"""A file of images beside a dataset, name to base64, as MIMIC-IT ships them: JSON or Parquet."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import orjson
import pyarrow as pa
from msgspec.structs import replace

from vlitqa.containers.arrow_rows import UNREADABLE
from vlitqa.containers.objects import keyed_spans
from vlitqa.containers.parquet import MAGIC, open_parquet
from vlitqa.containers.stream import SourceFile
from vlitqa.errors import DatasetError, RejectedRecord
from vlitqa.records import Record

_NAME_COLUMNS = ("__index_level_0__", "id", "image_id", "key", "name", "file_name")
_DATA_COLUMNS = ("base64", "image", "bytes", "image_base64_str")
_NO_IMAGE = b""
"""The decoder of images will say that this is none."""


class ImageTable(Protocol):
    """Images by name."""

    def get(self, name: str) -> bytes | None:
        """The bytes of an image; None where there is none of this name."""
        ...


def with_images_of(record: Record, table: ImageTable) -> Record:
    """The record with the bytes of its images that the file of images holds."""
    images = [ref if (data := table.get(ref.name)) is None else replace(ref, data=data) for ref in record.images]
    return replace(record, images=tuple(images))


def open_image_table(path: Path) -> ImageTable:
    """Opens the images of a file; raises DatasetError where it holds none."""
    with SourceFile(path).stream() as stream:
        head, packed = stream.head(4), stream.compression
    if head == MAGIC:
        return _open_parquet(path)
    if packed:
        raise DatasetError(f"{path} is compressed, and images are read from it in any order.", repair="Unpack it.")
    return _JsonTable(path)


def _open_parquet(path: Path) -> ImageTable:
    try:
        return _ParquetTable(path)
    except UnicodeDecodeError:
        raise DatasetError(f"{path}: a name of an image is not UTF-8.", repair="Export the file anew.") from None
    except (*UNREADABLE, OSError) as error:
        raise _damaged(path, str(error).partition("\n")[0]) from None


def _damaged(path: Path, reason: str) -> DatasetError:
    return DatasetError(f"{path} is damaged: {reason}.", repair="Fetch or export it anew.")


class _JsonTable:
    """Remembers where each image's base64 stands and reads it when it is asked for."""

    def __init__(self, path: Path) -> None:
        with SourceFile(path).stream() as stream:
            try:
                self._spans = {span.name: span for span in keyed_spans(stream)}
            except RejectedRecord as reject:
                raise _damaged(path, reject.message) from None
        if not self._spans:
            raise DatasetError(f"{path} holds no images by name.", repair='Expected {"name": "base64", …}.')
        self._file = path.open("rb")

    def get(self, name: str) -> bytes | None:
        if name not in self._spans:
            return None
        span = self._spans[name]
        self._file.seek(span.offset)
        try:
            return _from_base64(orjson.loads(self._file.read(span.length)))
        except orjson.JSONDecodeError:
            return _NO_IMAGE


class _ParquetTable:
    """Remembers the row group of each image and holds one group at a time."""

    def __init__(self, path: Path) -> None:
        source = SourceFile(path)
        with open_parquet(source) as file:
            columns, schema = file.schema_arrow.names, file.schema
        names = [column for column in _NAME_COLUMNS if column in columns]
        data = [column for column in _DATA_COLUMNS if column in columns]
        if not names or not data:
            raise DatasetError(
                f"{path} has the columns {', '.join(columns)}.",
                repair=f"Expected a name ({', '.join(_NAME_COLUMNS)}) and an image ({', '.join(_DATA_COLUMNS)}).",
            )
        leaves = [schema.column(position) for position in range(len(schema))]
        texts = [leaf.path for leaf in leaves if leaf.physical_type == "BYTE_ARRAY"]
        repeatable = [path for path in texts if path.partition(".")[0] in (names[0], data[0])]
        self._file = open_parquet(source, repeatable)  # one value may stand in every row, and is held once
        self._data_column = data[0]
        self._places: dict[str, tuple[int, int]] = {}
        for group in range(self._file.num_row_groups):
            keys = self._file.read_row_group(group, columns=[names[0]]).column(0)
            self._places.update((str(key), (group, row)) for row, key in enumerate(_values_of(keys)))
        self._group = -1

    def get(self, name: str) -> bytes | None:
        if name not in self._places:
            return None
        group, row = self._places[name]
        if group != self._group:
            try:
                self._images = self._file.read_row_group(group, columns=[self._data_column]).column(0)
            except (pa.ArrowException, OSError):
                return _NO_IMAGE
            self._group = group
        try:
            return _from_base64(self._images[row].as_py())
        except UNREADABLE:
            return _NO_IMAGE


def _values_of(column: pa.ChunkedArray) -> Iterator[object]:
    """The values of a column; equal ones of a dictionary are one value, not copies."""
    for chunk in column.chunks:
        if pa.types.is_dictionary(chunk.type):
            values = chunk.dictionary.to_pylist()
            yield from (None if index is None else values[index] for index in chunk.indices.to_pylist())
        else:
            yield from chunk.to_pylist()


def _from_base64(value: object) -> bytes | None:
    if isinstance(value, dict):  # as Hugging Face datasets write an image
        value = value.get("bytes")
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        return None
    try:
        return base64.b64decode(value.rpartition(",")[2])
    except (binascii.Error, ValueError):
        return _NO_IMAGE
