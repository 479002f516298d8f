"""A broken element of an array, a concatenation or an object costs its own row and no other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.given.packing import codes, dialogues, ids, line_of, lines_of, read_bytes, the_reject
from vlitqa.records import Record, Reject

ROWS = dialogues(9)
WHOLE = line_of(ROWS[4]).decode()
NAMES = [str(row["id"]) for row in ROWS]
BROKEN = {
    "cut in a text": WHOLE[: len(WHOLE) // 2],
    "cut before a value": '{"id": "row-4", "image": ',
    "cut after a comma": '{"id": "row-4", ',
    "no closing brace": WHOLE[:-1],
    "no closing bracket": WHOLE[:-2] + "}",
    "a comma too many": WHOLE[:-1] + ",}",
    "two commas": WHOLE.replace(", ", ",, ", 1),
    "no colon": WHOLE.replace(":", " ", 1),
    "single quotes": WHOLE.replace('"', "'"),
    "an unquoted word": '{"id": row-4}',
    "a half word": '{"id": tru}',
    "a bad escape": WHOLE.replace("What", "\\What"),
    "an empty value": '{"id": }',
}
REFUSED = {
    "NaN": ('{"id": NaN, "conversations": []}', "non_finite"),
    "a lone surrogate": ('{"id": "\\ud800", "conversations": []}', "lone_surrogate"),
    "a big integer": ('{"id": 123456789012345678901234567890, "conversations": []}', "big_integer"),
    "too deep": ('{"id": ' + "[" * 300 + "]" * 300 + "}", "too_deep"),
    "far too deep": ('{"id": ' + "[" * 100_000 + "]" * 100_000 + "}", "too_deep"),
    "a raw line feed in a text": ('{"id": "a\nb", "conversations": []}', "malformed_json"),
    "a number": ("12", "not_object"),
    "a text": ('"row"', "not_object"),
    "null": ("null", "not_object"),
    "an array": ("[1, [2]]", "not_object"),
    "no dialogue": ('{"id": "row-4"}', "missing_field"),
}


def _array(elements: list[str]) -> str:
    return "[\n" + ",\n".join(elements) + "\n]"


def _array_in_one_line(elements: list[str]) -> str:
    return "[" + ", ".join(elements) + "]"


def _wrapped(elements: list[str]) -> str:
    return '{"info": {"a": 1}, "annotations": ' + _array(elements) + ', "end": null}'


def _keyed(elements: list[str]) -> str:
    return (
        '{"meta": {"a": 1}, "data": {'
        + ",\n".join(f'"key {n}": {element}' for n, element in enumerate(elements))
        + "}}"
    )


def _objects(elements: list[str]) -> str:
    return "\n".join(element.replace(', "', ',\n "') for element in elements)


PACKINGS = {pack.__name__.strip("_"): pack for pack in (_array, _array_in_one_line, _wrapped, _keyed, _objects)}
CASES = [(packing, broken) for packing in PACKINGS for broken in BROKEN]
CASES.remove(("keyed", "no closing brace"))  # the rows behind it become fields of its own


def _read(folder: Path, packing: str, broken: str, position: int) -> list[Record | Reject]:
    elements = [line_of(row).decode() for row in ROWS]
    elements[position] = broken
    return read_bytes(folder, PACKINGS[packing](elements).encode())


@pytest.mark.parametrize("position", [0, 4, 8], ids=["first", "middle", "last"])
@pytest.mark.parametrize(("packing", "broken"), CASES)
def test_a_broken_element_keeps_all_its_neighbours(packing: str, broken: str, position: int, tmp_path: Path) -> None:
    entries = _read(tmp_path, packing, BROKEN[broken], position)
    assert ids(entries) == NAMES[:position] + NAMES[position + 1 :]
    reject = the_reject(entries)
    assert reject.place.row == position
    assert reject.code == "malformed_json" or (position == 8 and reject.code == "truncated")


@pytest.mark.parametrize("position", [0, 4, 8], ids=["first", "middle", "last"])
@pytest.mark.parametrize("refused", REFUSED)
@pytest.mark.parametrize("packing", ["array", "array_in_one_line", "wrapped", "keyed"])
def test_a_refused_element_has_its_code_and_keeps_all_its_neighbours(
    packing: str, refused: str, position: int, tmp_path: Path
) -> None:
    element, code = REFUSED[refused]
    entries = _read(tmp_path, packing, element, position)
    assert ids(entries) == NAMES[:position] + NAMES[position + 1 :]
    reject = the_reject(entries)
    assert (reject.code, reject.place.row) == (code, position)


@pytest.mark.parametrize("size", [1 << 20, 3 << 20])
@pytest.mark.parametrize("shift", [0, 30, 60, 90, 120, 150, 180])
def test_a_neighbour_that_lies_across_two_windows_is_kept(size: int, shift: int, tmp_path: Path) -> None:
    broken = '{"id": "row-4", "extra": "' + "a" * (size - shift) + '", "image": , '
    entries = _read(tmp_path, "array", broken, 0)
    assert ids(entries) == NAMES[1:]
    assert codes(entries) == {"malformed_json": 1}


def test_several_broken_elements_keep_the_rows_between_them(tmp_path: Path) -> None:
    elements = [element for row in ROWS for element in (line_of(row).decode(), '{"id": oops}')]
    entries = read_bytes(tmp_path, _array(elements).encode())
    assert ids(entries) == NAMES
    assert codes(entries) == {"malformed_json": 9}


@pytest.mark.parametrize(
    ("elements", "places"),
    [
        ("{}{}{}", [(1, "no comma"), (2, "no comma")]),
        ("{},,{},{}", [(1, "2 commas")]),
        ("{},{}\n, ,\n{}", [(2, "2 commas")]),
        ("{},{},{},", [(2, "one comma")]),
        (",{},{},{}", [(0, "one comma")]),
        (" {} ,{}\n,\n{}\n", []),
    ],
)
@pytest.mark.parametrize("around", ["[%s]", '{"info": 1, "rows": [%s]}'], ids=["array", "wrapped"])
def test_commas_too_few_or_too_many_are_reported_and_every_row_is_kept(
    around: str, elements: str, places: list[tuple[int, str]], tmp_path: Path
) -> None:
    content = around % elements.format(*(line_of(row).decode() for row in ROWS[:3]))
    entries = read_bytes(tmp_path, content.encode())
    rejects = [entry for entry in entries if isinstance(entry, Reject)]
    assert ids(entries) == NAMES[:3]
    assert [(reject.code, reject.place.row, reject.reason.split("found ")[1]) for reject in rejects] == [
        ("loose_commas", row, commas) for row, commas in places
    ]
    try:
        json.loads(content)
    except json.JSONDecodeError:
        assert rejects, "strict readers refuse the file"
    else:
        assert not rejects


def test_an_array_whose_rows_stand_on_lines_without_commas_is_no_json_lines(tmp_path: Path) -> None:
    entries = read_bytes(tmp_path, b"[" + lines_of(ROWS) + b"]")
    assert ids(entries) == NAMES
    assert codes(entries) == {"loose_commas": 8}


def test_commas_beside_a_broken_element_are_not_counted(tmp_path: Path) -> None:
    elements = [line_of(row).decode() for row in ROWS]
    entries = read_bytes(tmp_path, b"[" + ",".join([*elements[:4], '{"id": oops},', *elements[4:]]).encode() + b"]")
    assert ids(entries) == NAMES
    assert codes(entries) == {"malformed_json": 1}


@pytest.mark.parametrize("elements", [[1, 2.5, -3], ["a", "b"], [None, True], [[1], [2]], [[]]], ids=str)
def test_an_array_without_objects_is_all_rejects(elements: list[object], tmp_path: Path) -> None:
    entries = read_bytes(tmp_path, json.dumps(elements).encode())
    assert codes(entries) == {"not_object": len(elements)}
    assert len(entries) == len(elements)


@pytest.mark.slow
def test_numbers_are_whole_across_the_windows_of_a_large_file(tmp_path: Path) -> None:
    entries = read_bytes(tmp_path, json.dumps([123456789] * 200_000).encode())
    assert codes(entries) == {"not_object": 200_000}
    assert {entry.place.length for entry in entries} == {9}


@pytest.mark.parametrize("content", [b"[]", b"[\n]\n", b" [ ] "], ids=str)
def test_an_empty_array_has_no_rows(content: bytes, tmp_path: Path) -> None:
    assert read_bytes(tmp_path, content) == []


@pytest.mark.parametrize("key", [b'"\\ud800"', b'"\xff"'], ids=["a lone surrogate", "no UTF-8"])
def test_a_key_that_no_text_can_hold_rejects_its_row_alone(key: bytes, tmp_path: Path) -> None:
    row = b'{"instruction": "Hm?", "answer": "Yes.", "image_ids": []}'
    content = b'{"meta": {}, "data": {"A": ' + row + b", " + key + b": " + row + b', "C": ' + row + b"}}"
    entries = read_bytes(tmp_path, content)
    assert ids(entries) == ["A", "C"]
    assert the_reject(entries).code in ("lone_surrogate", "bad_encoding")
