"""One bad line is one reject with its exact code and place, and never touches its neighbours."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
import zstandard

from tests.given.packing import codes, dialogue, dialogues, ids, line_of, lines_of, read_bytes, the_reject
from vlitqa.reader import open_dataset
from vlitqa.records import Record

GOOD_BEFORE, GOOD_BEHIND = lines_of([dialogue(0), dialogue(1)]), lines_of([dialogue(3), dialogue(4)])
START = b'{"id": "x", "image": "x.jpg", "conversations": [], "extra": '
BAD_LINES = {
    "half an object": (b'{"id": "x", "conversations": [{"from": "human", "va', "malformed_json"),
    "two commas": (START + b"[1,,2]}", "malformed_json"),
    "words": (b"Traceback (most recent call last):", "malformed_json"),
    "two objects": (b'{"id": 1}{"id": 2}', "malformed_json"),
    "a null byte": (b"{\x00}", "malformed_json"),
    "null bytes": (b"\x00\x00\x00", "malformed_json"),
    "a raw tab in a string": (START + b'"a\tb"}', "malformed_json"),
    "an array": (b"[1, 2]", "not_object"),
    "an array of rows": (b"[" + line_of(dialogue(2)) + b"]", "not_object"),
    "a string": (b'"row"', "not_object"),
    "a number": (b"7", "not_object"),
    "true": (b"true", "not_object"),
    "null": (b"null", "not_object"),
    "NaN": (START + b"NaN}", "non_finite"),
    "Infinity": (START + b"Infinity}", "non_finite"),
    "minus Infinity": (START + b"-Infinity}", "non_finite"),
    "1e999": (START + b"1e999}", "non_finite"),
    "minus 1e999": (START + b"-1e999}", "non_finite"),
    "an integer of 30 digits": (START + b"9" * 30 + b"}", "big_integer"),
    "an integer of 5000 digits": (START + b"9" * 5000 + b"}", "big_integer"),
    "a minus integer of 30 digits": (START + b"-" + b"9" * 30 + b"}", "big_integer"),
    "two to the 64th": (START + b"18446744073709551616}", "big_integer"),
    "a big integer in a list": (START + b"[[" + b"1" * 25 + b"]]}", "big_integer"),
    "an upper half": (START + b'"\\ud800"}', "lone_surrogate"),
    "a lower half": (START + b'"a \\udc00 b"}', "lone_surrogate"),
    "a half in a name": (START + b'{"\\ud83d": 1}}', "lone_surrogate"),
    "halves in the wrong order": (START + b'"\\ude00\\ud83d"}', "lone_surrogate"),
    "100,000 nested lists": (START + b"[" * 100_000 + b"]" * 100_000 + b"}", "too_deep"),
    "100,000 nested objects": (START + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}", "too_deep"),
    "100,000 lists that never close": (b"[" * 100_000, "too_deep"),
    "1,000 nested lists": (START + b"[" * 1000 + b"]" * 1000 + b"}", "too_deep"),
    "201 nested lists": (START + b"[" * 201 + b"]" * 201 + b"}", "too_deep"),
    "a byte that is no UTF-8": (START + b'"caf\xe9"}', "bad_encoding"),
    "a letter cut in half": (START + '"größer"}'.encode()[:4] + b'"}', "bad_encoding"),
    "a surrogate as bytes": (START + b'"\xed\xa0\x80"}', "bad_encoding"),
    "10 MB": (START + b'"' + b"a" * 10_000_000 + b'"}', "line_too_long"),
    "no dialogue": (b'{"id": "x", "image": "x.jpg"}', "missing_field"),
    "a dialogue that is a text": (b'{"id": "x", "conversations": "human: hello"}', "wrong_type"),
    "a speaker that is a list": (b'{"conversations": [{"from": ["human"], "value": "Hello"}]}', "unknown_role"),
}


@pytest.mark.parametrize("name", BAD_LINES)
def test_a_bad_line_is_one_reject_and_its_neighbours_are_kept(name: str, tmp_path: Path) -> None:
    line, code = BAD_LINES[name]
    entries = read_bytes(tmp_path, GOOD_BEFORE + line + b"\n" + GOOD_BEHIND)
    assert ids(entries) == ["row-0", "row-1", "row-3", "row-4"]
    reject = the_reject(entries)
    assert (reject.code, reject.place.row, reject.place.line) == (code, 2, 3)
    assert (reject.place.offset, reject.place.length) == (len(GOOD_BEFORE), len(line) + 1)
    assert reject.reason


@pytest.mark.parametrize("name", BAD_LINES)
def test_a_bad_line_at_the_end_of_a_file_without_a_line_feed_is_one_reject(name: str, tmp_path: Path) -> None:
    line, code = BAD_LINES[name]
    entries = read_bytes(tmp_path, GOOD_BEFORE + GOOD_BEHIND + line)
    assert ids(entries) == ["row-0", "row-1", "row-3", "row-4"]
    reject = the_reject(entries)
    assert (reject.code, reject.place.line) == ("truncated" if name == "half an object" else code, 5)
    assert reject.place.offset + reject.place.length == len(GOOD_BEFORE + GOOD_BEHIND + line)


@pytest.mark.parametrize("pack", [lambda data: data, lambda data: zstandard.compress(data, 1)], ids=["plain", "zst"])
def test_a_blank_line_over_the_cap_is_one_reject_however_it_is_packed(
    pack: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    row = orjson.dumps(dialogue(1)) + b"\n"
    path = tmp_path / "blank.jsonl"
    path.write_bytes(pack(row + b" " * (12 << 20) + b"\n" + row))
    with open_dataset(path).entries() as entries:
        codes_or_records = [getattr(entry, "code", "record") for entry in entries]
    assert codes_or_records == ["record", "line_too_long", "record"]


def test_numbers_that_fit_are_kept_to_the_last_digit(tmp_path: Path) -> None:
    numbers = [2**64 - 1, -(2**63), 10**18, 0.1234567890123456789, 1e308, -0.0]
    (record,) = read_bytes(tmp_path, lines_of([{**dialogue(0), "extra": numbers}]))
    assert isinstance(record, Record)
    assert record.source is not None
    assert record.source["extra"] == numbers


def test_long_digits_inside_a_text_are_text(tmp_path: Path) -> None:
    (record,) = read_bytes(tmp_path, lines_of([dialogue(0, text="9" * 5000)]))
    assert isinstance(record, Record)
    assert record.turns[0].response == "9" * 5000


def test_two_hundred_levels_are_read_and_can_be_written_again(tmp_path: Path) -> None:
    line = START + b"[" * 199 + b"]" * 199 + b"}\n"
    (record,) = read_bytes(tmp_path, line)
    assert isinstance(record, Record)
    assert orjson.loads(orjson.dumps(record.source)) == json.loads(line)


def test_letters_beyond_ascii_pairs_and_null_characters_are_kept(tmp_path: Path) -> None:
    text = "𝄞 👩‍👩‍👧 \u202eabc\u0000 نص 漢字"
    plain, escaped = line_of(dialogue(0, text=text)), json.dumps(dialogue(1, text=text)).encode()
    entries = read_bytes(tmp_path, plain.replace(b"\x00", b"\\u0000") + b"\n" + escaped + b"\n")
    assert [entry.turns[0].response for entry in entries if isinstance(entry, Record)] == [text, text]


def test_rows_with_the_same_id_are_both_kept(tmp_path: Path) -> None:
    rows = [{**dialogue(0, text="first"), "id": "same"}, {**dialogue(1, text="second"), "id": "same"}]
    entries = read_bytes(tmp_path, lines_of(rows))
    assert ids(entries) == ["same", "same"]
    assert [entry.turns[0].response for entry in entries if isinstance(entry, Record)] == ["first", "second"]
    assert [entry.place.line for entry in entries] == [1, 2]


@pytest.mark.parametrize("response", ["", None], ids=["empty", "null"])
def test_an_empty_answer_is_no_reject(response: str | None, tmp_path: Path) -> None:
    row = {"id": "x", "conversations": [{"from": "human", "value": "Why?"}, {"from": "gpt", "value": response}]}
    (record,) = read_bytes(tmp_path, lines_of([row]))
    assert isinstance(record, Record)
    assert record.turns[0].response == response


def test_a_dialogue_without_turns_is_no_reject(tmp_path: Path) -> None:
    (record,) = read_bytes(tmp_path, lines_of([{"id": "x", "conversations": []}]))
    assert isinstance(record, Record)
    assert record.turns == ()


def test_nothing_that_was_read_breaks_a_writer_of_utf_8(tmp_path: Path) -> None:
    content = b"".join(line + b"\n" for line, _ in BAD_LINES.values() if len(line) < 10_000)
    entries = read_bytes(tmp_path, lines_of(dialogues(100)) + content)
    assert sum(codes(entries).values()) == content.count(b"\n")
    for entry in entries:
        repr(entry).encode("utf-8")
        if isinstance(entry, Record):
            orjson.dumps(entry.source)
