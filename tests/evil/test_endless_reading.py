"""Small files that would be read for ever, or in time that grows with the square of their size, end soon."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.given.packing import line_of, tar_of
from tests.vlitqa.containers.test_broken_elements import ROWS

pytestmark = pytest.mark.slow

SECONDS = 300
"""Far more than any of these needs on a loaded machine; the square of their size would take hours."""
READ = """
import sys
from pathlib import Path
from tests.given.packing import codes, ids, read_all
entries = read_all(Path(sys.argv[1]))
print(*ids(entries), *codes(entries))
"""
ROW = line_of(ROWS[1]).decode()
SIZE = 1_500_000
TEXTS = {
    "escaped quotes where names stand": '{"data": {"k": {"id": oops, "x": "'
    + '\\"' * (SIZE // 2)
    + '"}, "k2": '
    + ROW
    + "}}",
    "a name that cannot be read": '{"data": {"k": ' + ROW + ',"\\k": ' + ROW + "}}",
    "objects that never close": '[{"id": oops},' + '{"a":' * (SIZE // 5),
    "long objects that never close": '[{"id": oops},' + '{"a":[1,1,1,1,1,1,' * (SIZE // 18),
    "objects nested too deep": '[{"id": oops},' + '{"a":' * (SIZE // 6) + "1" + "}" * (SIZE // 6) + "," + ROW + "]",
    "levels that are all broken": "[" + ROW + "," + '{"a" 1, ' * (SIZE // 9) + "}" * (SIZE // 9) + "]",
    "rows inside objects that never close": "[" + ('{"a": [ ' + ROW + ", ") * (SIZE // 1000) + "]",
    "braces in strings": "[" + ROW + ',{"x" oops},' + '[":{",":{",' * (SIZE // 10),
    "brackets that close nothing": "[" + ROW + "," + "} " * (SIZE // 2),
    "quotes": "[" + ROW + ',{"a": oops "' + '"' * SIZE,
    "objects that begin in strings": "[" + ROW + ',{"a": oops},"' + '{"' * (SIZE // 2),
}


def read_within_bounds(path: Path) -> str:
    """What is read of a file, by a process that is ended if it takes too long."""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", READ, str(path)]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=SECONDS, check=True).stdout


@pytest.mark.parametrize("name", TEXTS)
def test_the_search_behind_a_broken_row_grows_with_the_text_alone(name: str, tmp_path: Path) -> None:
    (path := tmp_path / "data.json").write_text(TEXTS[name])
    assert "malformed_json" in read_within_bounds(path)


@pytest.mark.parametrize("start", ["", '{"id": oops "x": ', '{"id": oops "x": "'])
def test_escaped_quotes_in_the_last_line_are_looked_at_once(start: str, tmp_path: Path) -> None:
    (path := tmp_path / "data.jsonl").write_text(ROW + "\n" + start + '\\"' * (SIZE // 2))
    assert read_within_bounds(path).split()[1:] == ["truncated" if start else "malformed_json"]


@pytest.mark.parametrize("size", [2**60, 2**40])
def test_a_tar_member_that_is_longer_than_the_file_is_a_cut(size: int, tmp_path: Path) -> None:
    member = tarfile.TarInfo("1.bin")
    member.size = size
    header = member.tobuf(tarfile.GNU_FORMAT)
    content = tar_of({"0.json": ROW.encode()}).rstrip(b"\0")
    padded = content + bytes(-len(content) % 512)
    (path := tmp_path / "data.tar").write_bytes(padded + header + b"x" * 100)
    assert read_within_bounds(path).split() == ["row-1", "truncated"]
