"""Thrift's compact protocol: bytes written by hand, and the footer of a file as Arrow reads it."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vlitqa.containers.parquet_pages import PageReader
from vlitqa.containers.stream import SourceFile
from vlitqa.containers.thrift import read_structure


def test_fields_of_every_kind_have_their_numbers_and_values() -> None:
    data = bytes([0x15, 0x03, 0x11, 0x28, 2, 65, 66, 0x19, 0x25, 2, 4, 0x1C, 0x16, 0x01, 0, 0x06, 40, 6, 0])
    fields, end = read_structure(data)
    assert fields == {1: -2, 2: True, 4: b"AB", 5: [1, 2], 6: {1: -1}, 20: 3}
    assert end == len(data)


@pytest.mark.parametrize("length", range(18))
def test_a_structure_that_goes_on_behind_the_data_says_so(length: int) -> None:
    data = bytes([0x15, 0x03, 0x11, 0x28, 2, 65, 66, 0x19, 0x25, 2, 4, 0x1C, 0x16, 0x01, 0, 0x06, 40, 6, 0])
    with pytest.raises(EOFError):
        read_structure(data[:length])


@pytest.mark.parametrize("data", [b"\x1c" * 100, b"\x1d\x00", b"\x15" + b"\xff" * 11])
def test_what_is_no_structure_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"deep|kind|64 bits"):
        read_structure(data)


@pytest.mark.parametrize("compression", ["none", "zstd"])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_columns_and_pages_are_where_arrow_says(compression: str, version: str, tmp_path: Path) -> None:
    table = pa.table({"text": ["a", "b", "a"] * 5_000, "number": range(15_000), "list": [[1], [], [2, 3]] * 5_000})
    path = tmp_path / "data.parquet"
    pq.write_table(
        table, path, row_group_size=6_000, data_page_size=2_000, compression=compression, data_page_version=version
    )
    metadata = pq.read_metadata(path)
    pages = PageReader(SourceFile(path).raw())
    for group in range(metadata.num_row_groups):
        for position, chunk in enumerate(pages.chunks(group)):
            column = metadata.row_group(group).column(position)
            assert (chunk.values, chunk.compressed_bytes) == (column.num_values, column.total_compressed_size)
            assert chunk.uncompressed_bytes == column.total_uncompressed_size
            pages.refuse_false_pages(chunk)
