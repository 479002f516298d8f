"""An object around a list of rows: where the list is empty, and where its first row is broken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.given.packing import dialogues, ids, read_bytes, the_reject
from vlitqa.errors import DatasetError
from vlitqa.reader import open_dataset

ROWS = [json.dumps(row) for row in dialogues(5)]


@pytest.mark.parametrize("text", ['{"data": []}', '{"version": "1.0", "data": []}', '{"data": {}}'])
def test_an_empty_list_is_named_where_a_file_wraps_it(text: str, tmp_path: Path) -> None:
    (path := tmp_path / "data.json").write_text(text)
    with pytest.raises(DatasetError, match="holds no rows: 'data', which it wraps, is empty"):
        open_dataset(path)


@pytest.mark.parametrize(("opening", "closing"), [('{"data": [', "]}"), ("[", "]")])
@pytest.mark.parametrize("place", [0, 2])
def test_a_broken_row_of_a_list_has_its_own_number_and_its_own_reason(
    opening: str, closing: str, place: int, tmp_path: Path
) -> None:
    rows = [*ROWS[:place], '{"id": "x", "image": broken}', *ROWS[place:]]
    entries = read_bytes(tmp_path, f"{opening}{', '.join(rows)}{closing}".encode())
    assert the_reject(entries).reason == f"Expecting value at character 21 of the element (row {place + 1} of the list)"
    assert the_reject(entries).place.row == place
    assert len(ids(entries)) == 5
