"""Files that unpack to far more than they weigh are read in bounded memory."""

from __future__ import annotations

import gzip
import io
import resource
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import zstandard

from tests.given.packing import dialogue, line_of

pytestmark = pytest.mark.slow

BOMB = 300 << 20
READ = """
import sys
from pathlib import Path
from tests.given.packing import ids, read_all
from vlitqa.reader import Reading
from vlitqa.records import Record, Reject
path, *images = map(Path, sys.argv[1:])
entries = read_all(path, Reading(images=images[0] if images else None))
print(*ids(entries), *[entry.code for entry in entries if isinstance(entry, Reject)])
if images:
    print(*[len(ref.data or b"") for entry in entries if isinstance(entry, Record) for ref in entry.images])
"""
FIRST, LAST = line_of(dialogue(0)) + b"\n", b"\n" + line_of(dialogue(1)) + b"\n"


def read_in_bounded_memory(*paths: Path, gigabytes: float = 1) -> list[str]:
    """The ids, the reject codes and the lengths of images by name that a process with so much address space finds."""

    def bounded() -> None:
        limit = int(gigabytes * 2**30)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    command = [sys.executable, "-c", READ, *map(str, paths)]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, preexec_fn=bounded, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.split()


def _packed(path: Path, *, start: bytes, filler: bytes, end: bytes) -> Path:
    """A compressed file of `start`, three hundred megabytes of `filler` and `end`."""
    pack = gzip.open if path.suffix == ".gz" else zstandard.open
    with pack(path, "wb") as file:
        file.write(start)
        for _ in range(BOMB // len(filler)):
            file.write(filler)
        file.write(end)
    assert path.stat().st_size < BOMB // 500
    return path


@pytest.mark.parametrize(("packed", "filler"), [("gz", b"\0"), ("zst", b"\0"), ("zst", b"[")])
def test_a_line_of_300_megabytes_is_passed_over(packed: str, filler: bytes, tmp_path: Path) -> None:
    path = _packed(tmp_path / f"bomb.{packed}", start=FIRST * 2, filler=filler * (1 << 20), end=LAST)
    assert read_in_bounded_memory(path) == ["row-0", "row-0", "row-1", "line_too_long"]


def test_an_array_with_an_element_of_300_megabytes_isread_in_bounded_memory(tmp_path: Path) -> None:
    start, end = b"[\n" + FIRST + b',\n{"id": "', b'"},' + LAST + b"]"
    path = _packed(tmp_path / "bomb.zst", start=start, filler=b"a" * (1 << 20), end=end)
    assert read_in_bounded_memory(path) == ["row-0", "row-1", "line_too_long"]


def test_a_table_with_a_cell_of_300_megabytes_isread_in_bounded_memory(tmp_path: Path) -> None:
    start, end = b"id,instruction,output\n1,Dog?,Yes.\n2,", b",No.\n3,Cat?,No.\n"
    path = _packed(tmp_path / "bomb.zst", start=start, filler=b"a" * (1 << 20), end=end)
    assert read_in_bounded_memory(path) == ["1", "3", "line_too_long"]


def test_a_tar_whose_header_is_a_bomb_is_damaged(tmp_path: Path) -> None:
    head = io.BytesIO()
    with tarfile.open(fileobj=head, mode="w") as tar:
        info = tarfile.TarInfo("a.json")
        info.size = len(FIRST)
        tar.addfile(info, io.BytesIO(FIRST))
        start = head.getvalue()
    bomb = tarfile.TarInfo("bomb")
    bomb.type, bomb.size = tarfile.XHDTYPE, BOMB
    path = _packed(tmp_path / "bomb.gz", start=start + bomb.tobuf(tarfile.USTAR_FORMAT), filler=bytes(1 << 20), end=b"")
    assert read_in_bounded_memory(path) == ["row-0", "truncated"]


def test_a_tar_with_an_image_of_300_megabytes_rejects_the_row(tmp_path: Path) -> None:
    image = tarfile.TarInfo("a.jpg")
    image.size = BOMB
    other = tarfile.TarInfo("b.json")
    other.size = len(FIRST)
    end = other.tobuf() + FIRST.ljust(512, b"\0") + bytes(1024)
    path = _packed(tmp_path / "bomb.gz", start=image.tobuf(), filler=bytes(1 << 20), end=end)
    assert read_in_bounded_memory(path) == ["row-0", "line_too_long"]
