"""Members of a tar are read as streams: whatever their names say, nothing is ever written to disk."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from tests.given.packing import codes, dialogue, ids, line_of, read_all, tar_of, the_reject
from vlitqa.records import Record

ROW = line_of(dialogue(1))
SECRET = b"a file outside of the tar"


def _tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a file beside it that no row may reach."""
    (tmp_path / "secret.json").write_bytes(SECRET)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


@pytest.mark.parametrize(
    "name",
    ["../x", "../../x", "a/../../x", "/tmp/vlitqa-zip-slip", "//x", "..", "~/x", "C:\\x", "..\\x", "%2e%2e/x", "a\nb"],
)
def test_a_member_with_a_hostile_name_is_only_an_id(name: str, place: Path) -> None:
    path = place / "work" / "data.tar"
    path.write_bytes(tar_of({f"{name}.txt": b"A caption.", f"{name}.jpg": b"no image", "good.txt": b"Good."}))
    before = _tree(place)
    first, good = read_all(path)
    assert isinstance(first, Record)
    assert isinstance(good, Record)
    stem = name.rpartition("/")[2].partition(".")[0]
    assert first.id == name.rpartition("/")[0] + "/" * ("/" in name) + stem
    assert first.images[0].data == b"no image"
    assert (good.id, good.text()) == ("good", "Good.")
    assert _tree(place) == before
    assert not Path("/tmp/vlitqa-zip-slip.txt").exists()


def _special(kind: bytes, target: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo("evil.json")
    info.type, info.linkname = kind, target
    info.devmajor, info.devminor = 1, 5
    return info


@pytest.mark.parametrize("target", ["../secret.json", "/etc/passwd", "good.json", "evil.json"])
@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE],
    ids=["symlink", "hardlink", "character device", "block device", "fifo"],
)
def test_a_member_that_is_no_regular_file_is_a_reject(kind: bytes, target: str, place: Path) -> None:
    path = place / "work" / "data.tar"
    with tarfile.open(path, "w") as tar:
        for info in (tarfile.TarInfo("good.json"), _special(kind, target), tarfile.TarInfo("last.json")):
            info.size = len(ROW) if info.isreg() else 0
            tar.addfile(info, io.BytesIO(ROW))
    before = _tree(place)
    entries = read_all(path)
    assert ids(entries) == ["row-1", "row-1"]
    reject = the_reject(entries)
    assert (reject.code, reject.field, reject.place.row) == ("tar_member", "evil.json", 1)
    assert SECRET.decode() not in repr(entries)
    assert _tree(place) == before


def test_folders_in_a_tar_are_no_rows(place: Path) -> None:
    path = place / "work" / "data.tar"
    with tarfile.open(path, "w") as tar:
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
        info = tarfile.TarInfo("folder/row.json")
        info.size = len(ROW)
        tar.addfile(info, io.BytesIO(ROW))
    assert ids(read_all(path)) == ["row-1"]


def test_a_name_that_is_no_utf_8_becomes_an_id_that_can_be_written(place: Path) -> None:
    path = place / "work" / "data.tar"
    path.write_bytes(tar_of({"xyz.txt": b"A caption."}).replace(b"xyz.txt", b"x\xe9z.txt"))
    content = bytearray(path.read_bytes())
    content[148:156] = b" " * 8
    content[148:156] = b"%06o\0 " % sum(content[:512])
    path.write_bytes(bytes(content))
    (record,) = read_all(path)
    assert isinstance(record, Record)
    assert record.id.encode("utf-8") == "x\ufffdz".encode()


def test_bad_members_reject_their_own_rows_alone(place: Path) -> None:
    path = place / "work" / "data.tar"
    members = {"a.json": b"{broken", "b.txt": b"caf\xe9", "c.json": b"[1]", "d.json": ROW, "e.cls": b"7", "f.json": ROW}
    path.write_bytes(tar_of(members))
    entries = read_all(path)
    assert ids(entries) == ["row-1", "row-1"]
    assert codes(entries) == {"malformed_json": 1, "bad_encoding": 1, "not_object": 1, "missing_field": 1}
