"""Text that is not UTF-8: a whole file is refused with the name of its encoding, a single row is one reject."""

from __future__ import annotations

import gzip
import json
import subprocess
from pathlib import Path

import pytest

from tests.given.packing import codes, dialogue, dialogues, ids, line_of, lines_of, read_all, read_bytes, the_reject
from vlitqa.errors import WrongEncoding

FRENCH = [dialogue(number, text="Un garçon mange une crêpe brûlée à l'étage.") for number in range(20)]
CHINESE = [dialogue(number, text="图中有一只狗坐在草地上。") for number in range(20)]
JAPANESE = [dialogue(number, text="犬が草の上に座っています。カメラを見ている。") for number in range(20)]
KOREAN = [dialogue(number, text="개가 풀밭에 앉아 있습니다. 카메라를 봅니다.") for number in range(20)]


def _written(rows: list[dict[str, object]], encoding: str, *, array: bool = False) -> bytes:
    if array:
        return json.dumps(rows, ensure_ascii=False).encode(encoding)
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode(encoding)


@pytest.mark.parametrize("array", [False, True], ids=["lines", "array"])
@pytest.mark.parametrize(
    ("rows", "encoding", "named"),
    [
        (FRENCH, "latin-1", "CP1252"),
        (FRENCH, "cp1252", "CP1252"),
        (FRENCH, "utf-16", "UTF-16"),
        (FRENCH, "utf-16-le", "UTF-16-LE"),
        (FRENCH, "utf-16-be", "UTF-16-BE"),
        (CHINESE, "gbk", "GB18030"),
        (CHINESE, "gb18030", "GB18030"),
    ],
)
def test_a_file_in_another_encoding_is_refused_with_its_name_and_the_repair(
    rows: list[dict[str, object]], encoding: str, named: str, *, array: bool, tmp_path: Path
) -> None:
    path = tmp_path / "data.json"
    path.write_bytes(_written(rows, encoding, array=array))
    with pytest.raises(WrongEncoding, match=f"looks like {named}") as caught:
        read_all(path)
    target = tmp_path / "data-utf8.json"
    assert caught.value.repair == f"Convert it first: iconv -f {named} -t UTF-8 {path} > {target}"


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_the_printed_repair_writes_a_file_of_the_same_kind_beside_the_old_one(*, packed: bool, tmp_path: Path) -> None:
    table = "question;answer;image\n" + "Où est le garçon ?;Il est à l'étage.;a.jpg\n" * 9
    content = table.encode("cp1252")
    path = tmp_path / ("une donnée.csv.gz" if packed else "une donnée.csv")
    path.write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(WrongEncoding) as caught:
        read_all(path)
    command = caught.value.repair.removeprefix("Convert it first: ")
    subprocess.run(command, shell=True, check=True, timeout=60)
    assert (tmp_path / "une donnée-utf8.csv").read_text(encoding="utf-8") == table


@pytest.mark.parametrize(("rows", "encoding"), [(JAPANESE, "shift_jis"), (JAPANESE, "euc_jp"), (KOREAN, "euc_kr")])
def test_a_file_in_an_east_asian_encoding_is_refused(
    rows: list[dict[str, object]], encoding: str, tmp_path: Path
) -> None:
    (path := tmp_path / "data.jsonl").write_bytes(_written(rows, encoding))
    with pytest.raises(WrongEncoding, match="is not UTF-8"):
        read_all(path)


def test_one_latin_row_in_a_file_of_utf_8_is_one_reject_that_names_the_byte_and_a_guess(tmp_path: Path) -> None:
    latin = _written([dialogue(9, text="café")], "latin-1")
    entries = read_bytes(tmp_path, lines_of(dialogues(4)) + latin + lines_of(dialogues(2)))
    assert ids(entries) == ["row-0", "row-1", "row-2", "row-3", "row-0", "row-1"]
    reject = the_reject(entries)
    assert (reject.code, reject.place.line) == ("bad_encoding", 5)
    assert reject.reason == f"byte {latin.index(0xE9)} is not UTF-8 (looks like cp1252)"


def test_many_good_letters_outweigh_a_few_damaged_rows(tmp_path: Path) -> None:
    damaged = line_of(dialogue(1)).replace("größer".encode(), b"gr\xf6\xdfer") + b"\n"
    entries = read_bytes(tmp_path, lines_of(dialogues(300)) + damaged * 4 + lines_of(dialogues(300)))
    assert codes(entries) == {"bad_encoding": 4}
    assert len(ids(entries)) == 600


def test_latin_rows_far_behind_the_start_are_rejects(tmp_path: Path) -> None:
    plain = lines_of([dialogue(0)]) * 9000  # over a megabyte, which is all that the encoding is judged by
    entries = read_bytes(tmp_path, plain + _written(FRENCH, "latin-1"))
    assert codes(entries) == {"bad_encoding": 20}
    assert len(ids(entries)) == 9000


@pytest.mark.parametrize("rows", [FRENCH, CHINESE, JAPANESE, KOREAN])
def test_every_language_is_read_from_utf_8(rows: list[dict[str, object]], tmp_path: Path) -> None:
    assert ids(read_bytes(tmp_path, _written(rows, "utf-8"))) == [row["id"] for row in rows]


def test_a_damaged_last_byte_is_no_other_encoding(tmp_path: Path) -> None:
    entries = read_bytes(tmp_path, line_of([*dialogues(1), dialogue(3)])[:-1] + b"\xe9\x81")
    assert ids(entries) == ["row-0", "row-3"]
    assert sum(codes(entries).values()) == 1
