"""Sound datasets to be damaged: rows of every known format, in every container."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq

from tests.evil.fuzzing.damaged_rows import damage_elements
from tests.evil.json_packings import JSON_PACKINGS
from tests.given.golden_rows import GOLDEN_ROWS, PIXEL
from tests.given.packing import tar_of
from vlitqa.records import ROW_IMAGES, ROW_KEY, ROW_TEXT

_Row = dict[str, object]
_COUNTS = (0, 1, 2, 3, 7, 20, 60, 130, 400)
"""Numbers of rows: around those by which a container and a format are detected, too."""
_SHORT = 8
"""Characters of texts that are names or numbers and stay as they are."""


def draw_content(random: Random) -> tuple[str, bytes]:
    """The name of a packing, and a file of it, whose rows may be damaged."""
    name = random.choice(list(PACKINGS))
    return name, PACKINGS[name](random, draw_rows(random))


def draw_rows(random: Random) -> list[_Row]:
    """Rows of one format of the catalogue, sometimes of two, that all differ."""
    names = random.sample(list(GOLDEN_ROWS), 2 if random.random() < 0.15 else 1)
    golden = [row for name in names for row in GOLDEN_ROWS[name]]
    return [_numbered(random.choice(golden), number) for number in range(random.choice(_COUNTS))]


def _numbered(row: Mapping[str, object], number: int) -> _Row:
    """A copy of a row whose texts say its number."""
    return {name: _with_number(value, number) for name, value in row.items()}


def _with_number(value: object, number: int) -> object:
    if isinstance(value, Mapping):
        return {name: _with_number(part, number) for name, part in value.items()}
    if isinstance(value, list):
        return [_with_number(part, number) for part in value]
    is_sentence = isinstance(value, str) and len(value) > _SHORT and not value.startswith("data:")
    return f"{value} {number}" if is_sentence else value


def _element(row: Mapping[str, object]) -> str:
    """A row as JSON, without what only a container gives it."""
    return json.dumps(_fields_of_rows(row), ensure_ascii=False, default=_as_text)


def _fields_of_rows(row: Mapping[str, object]) -> _Row:
    values = {name: value for name, value in row.items() if name not in (ROW_KEY, ROW_TEXT, ROW_IMAGES)}
    return values or {"image": "shard.jpg", "caption": row.get(ROW_TEXT, "")}


def _as_text(value: object) -> str:
    assert isinstance(value, bytes)
    return base64.b64encode(value).decode()


def _pack_json(name: str) -> Callable[[Random, Sequence[_Row]], bytes]:
    def pack(random: Random, rows: Sequence[_Row]) -> bytes:
        elements = damage_elements(random, [_element(row) for row in rows])
        text = JSON_PACKINGS[name](elements)
        if random.random() < 0.1:
            text = text.replace("\n", "\r\n")
        return text.encode("utf-8", "surrogatepass")

    return pack


def _pack_table(delimiter: str) -> Callable[[Random, Sequence[_Row]], bytes]:
    def pack(random: Random, rows: Sequence[_Row]) -> bytes:
        cells = [{name: _cell(value) for name, value in _fields_of_rows(row).items()} for row in rows]
        text = io.StringIO()
        fields = list(dict.fromkeys(name for row in cells for name in row))
        quoting = csv.QUOTE_ALL if random.random() < 0.3 else csv.QUOTE_MINIMAL
        writer = csv.DictWriter(
            text, fields, delimiter=delimiter, lineterminator=random.choice(("\n", "\r\n")), quoting=quoting
        )
        writer.writeheader()
        writer.writerows(cells)
        return text.getvalue().encode()

    return pack


def _cell(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=_as_text)


def _pack_parquet(random: Random, rows: Sequence[_Row]) -> bytes:
    file = io.BytesIO()
    pq.write_table(
        _arrow_table([_fields_of_rows(row) for row in rows]),
        file,
        row_group_size=random.choice((1, 7, 50, 1000)),
        compression=random.choice(("none", "snappy", "zstd", "gzip")),
        use_dictionary=random.random() < 0.5,
        data_page_version=random.choice(("1.0", "2.0")),
        data_page_size=random.choice((200, 1 << 20)),
        write_page_checksum=random.random() < 0.3,
    )
    return file.getvalue()


def _arrow_table(rows: Sequence[_Row]) -> pa.Table:
    """The rows as a table, with texts for what does not fit into one type."""
    try:
        table = pa.Table.from_pylist([*rows])
    except (pa.ArrowException, TypeError):
        table = pa.Table.from_pylist([{name: _cell(value) for name, value in row.items()} for row in rows])
    empty = [column.name for column in table.schema if pa.types.is_struct(column.type) and not column.type.num_fields]
    return table.drop_columns(empty)


def _pack_tar(random: Random, rows: Sequence[_Row]) -> bytes:
    members: dict[str, bytes] = {}
    elements = damage_elements(random, [_element(row) for row in rows])
    folder = random.choice(("", "shard/", "a" * 120 + "/"))  # a long name needs a header of its own
    for number, element in enumerate(elements):
        name = f"{folder}{number:04d}"
        if random.random() < 0.8:
            members[f"{name}.json"] = element.encode("utf-8", "surrogatepass")
        else:
            members[f"{name}.txt"] = element[:40].encode("utf-8", "replace")
        if random.random() < 0.7:
            members[f"{name}.gif"] = PIXEL
    return tar_of(members)


PACKINGS: Mapping[str, Callable[[Random, Sequence[_Row]], bytes]] = {
    **{name: _pack_json(name) for name in JSON_PACKINGS},
    "csv": _pack_table(","),
    "tsv": _pack_table("\t"),
    "semicolons": _pack_table(";"),
    "parquet": _pack_parquet,
    "tar": _pack_tar,
}
