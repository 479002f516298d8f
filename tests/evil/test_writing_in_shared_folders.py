"""What others put into a folder that vlitqa writes to: no link is followed, and no file of anybody's is lost."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.given.rows import GOOD
from tests.given.run_cli import vlitqa
from tests.given.runs import scored
from tests.given.second_process import second_process
from vlitqa.errors import FolderNotWritable, UsageError
from vlitqa.runs.folder import RunFolder
from vlitqa.storage.atomic import replacing
from vlitqa.storage.temporary import create_temporary, sweep_temporaries

WRITER = """
import sys
from pathlib import Path
from vlitqa.storage.atomic import replacing
with replacing(Path(sys.argv[1]) / "result") as file:
    file.write(b"half")
    file.flush()
    print("writing", flush=True)
    sys.stdin.read()
"""


def temporaries(folder: Path) -> list[Path]:
    return list(folder.glob(".*.tmp"))


def test_the_lock_of_a_run_is_never_a_link(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("nine hundred bytes")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".lock").symlink_to(tmp_path / "precious")
    with pytest.raises(FolderNotWritable, match=r"\.lock is a link"):
        RunFolder(tmp_path / "run")
    assert (tmp_path / "precious").read_text() == "nine hundred bytes"


@pytest.mark.parametrize("content", ["", "nine hundred bytes"])
def test_a_lock_with_another_name_keeps_its_content(content: str, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text(content)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".lock").hardlink_to(tmp_path / "precious")
    folder = RunFolder(tmp_path / "run")
    assert (tmp_path / "precious").read_text() == content
    folder.close()


def test_the_names_of_temporary_files_cannot_be_foreseen(tmp_path: Path) -> None:
    names = set()
    for _ in range(3):
        handle, path = create_temporary(tmp_path)
        names.add(path.name)
        path.unlink()
        os.close(handle)
    assert len(names) == 3
    assert not any(str(os.getpid()) in name and "result" in name for name in names)


def test_a_link_is_replaced_itself_and_what_it_leads_to_is_kept(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("kept")
    (tmp_path / "result").symlink_to("precious")
    with replacing(tmp_path / "result") as file:
        file.write(b"new")
    assert (tmp_path / "precious").read_text() == "kept"
    assert not (tmp_path / "result").is_symlink()
    assert (tmp_path / "result").read_text() == "new"


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_a_file_that_is_replaced_keeps_its_mode(mode: int, tmp_path: Path) -> None:
    (tmp_path / "result").touch()
    (tmp_path / "result").chmod(mode)
    with replacing(tmp_path / "result") as file:
        file.write(b"new")
    assert stat.S_IMODE((tmp_path / "result").stat().st_mode) == mode


def test_a_new_file_has_the_mode_that_its_user_wants(tmp_path: Path) -> None:
    earlier = os.umask(0o027)
    try:
        with replacing(tmp_path / "result") as file:
            file.write(b"new")
    finally:
        os.umask(earlier)
    assert stat.S_IMODE((tmp_path / "result").stat().st_mode) == 0o640


def test_a_temporary_file_is_swept_when_its_process_is_dead_and_not_before(tmp_path: Path) -> None:
    writer = second_process(WRITER, tmp_path, "writing")
    sweep_temporaries(tmp_path)
    assert len(temporaries(tmp_path)) == 1
    writer.kill()
    writer.communicate()
    assert len(temporaries(tmp_path)) == 1
    with replacing(tmp_path / "another") as file:
        file.write(b"new")
    assert temporaries(tmp_path) == []
    assert not (tmp_path / "result").exists()


def test_a_writer_that_others_sweep_beside_ends_well(tmp_path: Path) -> None:
    writer = second_process(WRITER, tmp_path, "writing")
    RunFolder(tmp_path).close()
    writer.communicate("")
    assert writer.returncode == 0
    assert (tmp_path / "result").read_bytes() == b"half"


def test_a_long_name_can_be_written(tmp_path: Path) -> None:
    with replacing(tmp_path / ("x" * 255)) as file:
        file.write(b"new")
    assert (tmp_path / ("x" * 255)).read_bytes() == b"new"


def make_device(path: Path) -> None:
    """Makes a node of the device that swallows everything; skips the test where this user may not."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("needs the right to make a device node")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scored(tmp_path_factory.mktemp("scored"), [GOOD, {**GOOD, "id": "b"}])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["data.jsonl", "link", "notes.html", "folder", "device"])
def test_a_page_replaces_nothing_but_a_page(name: str, run: Path, tmp_path: Path) -> None:
    for file in ("data.jsonl", "notes.html"):
        (tmp_path / file).write_text("precious")
    (tmp_path / "link").symlink_to("notes.html")
    (tmp_path / "folder").mkdir()
    if name == "device":
        make_device(tmp_path / name)
    done = vlitqa("report", run, "--output", tmp_path / name, cwd=tmp_path)
    assert done.returncode == UsageError.exit_code
    assert "Name another file: --output FILE." in done.stderr
    assert (tmp_path / "data.jsonl").read_text() == (tmp_path / "notes.html").read_text() == "precious"
    assert (tmp_path / "link").is_symlink()
    assert name != "device" or stat.S_ISCHR((tmp_path / name).stat().st_mode)
    assert done.stdout == ""


@pytest.mark.slow
def test_a_page_replaces_an_earlier_page_and_an_empty_file(run: Path, tmp_path: Path) -> None:
    (tmp_path / "page.html").touch()
    for _ in range(2):
        done = vlitqa("report", run, "--output", tmp_path / "page.html", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "page.html").read_bytes() == (run / "report.html").read_bytes()
