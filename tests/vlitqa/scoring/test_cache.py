"""The cache remembers what was measured, keeps it private, and never costs a run."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.given.small_disks import fill, mounted
from vlitqa.errors import DiskFull, FolderNotWritable, RunError
from vlitqa.results import Measurement, Status
from vlitqa.scoring.cache import Cache

KEYS = [b"%032d" % number for number in range(2000)]
KNOWN = {key: Measurement(number / 7, evidence={"row": number, "text": "ß"}) for number, key in enumerate(KEYS)}
WRITER = """
import sys
from pathlib import Path
from vlitqa.scoring.cache import Cache
from vlitqa.results import Measurement
name = sys.argv[2].encode()
for number in range(20):
    cache = Cache(Path(sys.argv[1]))
    cache.put([(b"%s-%d-%d" % (name, number, each), Measurement(float(each))) for each in range(20)])
    cache.close()
"""


def filled(folder: Path) -> Path:
    """The file of a cache that knows every key."""
    cache = Cache(folder)
    cache.put(KNOWN.items())
    cache.close()
    return cache.path


def test_what_was_put_is_found_in_the_next_run(tmp_path: Path) -> None:
    filled(tmp_path)
    assert Cache(tmp_path).get([*KEYS, b"never seen"]) == KNOWN


@pytest.mark.parametrize("status", Status)
def test_only_what_another_try_could_not_change_is_kept(tmp_path: Path, status: Status) -> None:
    uncertain = {Status.FAILED, Status.WORKER_KILLED, Status.JUDGE_UNAVAILABLE, Status.NOT_MEASURED}
    cache = Cache(tmp_path)
    cache.put([(b"key", Measurement(None, status, "because"))])
    assert (b"key" in cache.get([b"key"])) is (status not in uncertain)


def test_nobody_else_can_read_the_cache(tmp_path: Path) -> None:
    path = filled(tmp_path / "new")
    open_cache = Cache(tmp_path / "new")
    open_cache.put([(b"key", Measurement(1.0))])
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert len(modes) == 3, "the file, its log and its index"
    assert set(modes.values()) == {0o600}


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_cache_never_gives_a_wrong_measurement(tmp_path: Path, seed: int) -> None:
    path = filled(tmp_path)
    chance = random.Random(seed)
    content = bytearray(path.read_bytes())
    if seed % 3 == 0:
        del content[chance.randrange(len(content)) :]
    elif seed % 3 == 1:
        start = chance.randrange(len(content) - 3000)
        content[start : start + 3000] = chance.randbytes(3000)
    else:
        for _ in range(30):
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)

    cache = Cache(tmp_path)
    found = cache.get(KEYS)
    assert len(found) < len(KNOWN)
    assert found.items() <= KNOWN.items()
    cache.put(KNOWN.items())
    cache.close()
    again = Cache(tmp_path).get(KEYS)
    assert again.items() <= KNOWN.items()
    assert len(again) > 0.9 * len(KNOWN)


def test_a_file_that_is_no_cache_is_put_aside_and_the_note_says_where(tmp_path: Path) -> None:
    (tmp_path / "measurements.sqlite").write_bytes(b"not a database " * 100)
    cache = Cache(tmp_path)
    (aside,) = tmp_path.glob("*.damaged-*")
    assert aside.read_bytes() == b"not a database " * 100
    assert cache.note == f"The cache was damaged and put aside as {aside}; a new one is begun."
    assert cache.get(KEYS) == {}


def test_a_sound_cache_has_no_note(tmp_path: Path) -> None:
    filled(tmp_path)
    assert Cache(tmp_path).note == ""


@pytest.mark.slow
def test_six_processes_write_into_one_new_cache_at_once(tmp_path: Path) -> None:
    names = "abcdef"
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, tmp_path, name]) for name in names]
    assert [writer.wait() for writer in writers] == [0] * len(names)
    keys = [f"{name}-{number}-{each}".encode() for name in names for number in range(20) for each in range(20)]
    assert len(Cache(tmp_path).get(keys)) == len(names) * 400


def test_threads_of_another_process_holding_the_file_only_delay_a_run(tmp_path: Path) -> None:
    other = sqlite3.connect(filled(tmp_path), check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(1.0, other.rollback)
    release.start()
    cache = Cache(tmp_path)
    cache.put([(b"late", Measurement(1.0))])
    release.join()
    assert b"late" in cache.get([b"late"])


def test_a_killed_writer_leaves_a_sound_cache(tmp_path: Path) -> None:
    path = filled(tmp_path)
    writer = subprocess.Popen([sys.executable, "-c", WRITER.replace("range(20):", "range(9**9):", 1), tmp_path, "z"])
    while Cache(tmp_path).get([b"z-3-1"]) == {} and writer.poll() is None:
        pass
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    cache = Cache(tmp_path)
    assert (cache.note, cache.path) == ("", path)
    assert cache.get(KEYS) == KNOWN


def test_a_full_disk_is_said_and_nothing_is_lost(tmp_path: Path) -> None:
    with mounted(tmp_path / "full", "size=1m") as disk:
        cache = Cache(disk)
        cache.put([(b"before", Measurement(1.0))])
        filler = fill(disk, leave=8192)
        with pytest.raises(DiskFull, match="No space is left for the cache"):
            cache.put(KNOWN.items())
        cache.close()
        filler.unlink()
        again = Cache(disk)
        assert again.get([b"before", *KEYS]) == {b"before": Measurement(1.0)}
        again.put(list(KNOWN.items())[:100])
        assert len(again.get(KEYS)) == 100
        again.close()


def test_a_disk_too_full_to_begin_is_said(tmp_path: Path) -> None:
    with mounted(tmp_path / "full", "size=8k") as disk:
        with pytest.raises(DiskFull):
            Cache(disk)


def test_a_disk_that_refuses_writing_is_not_called_full(tmp_path: Path) -> None:
    with mounted(tmp_path / "full-of-itself", "ro") as disk:
        with pytest.raises(FolderNotWritable, match="cannot be written"):
            Cache(disk / "cache")


def test_a_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderNotWritable):
        Cache(tmp_path / "file")


def test_another_program_s_database_is_left_alone(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "measurements.sqlite")
    database.execute("CREATE TABLE measurement (other TEXT)")
    database.commit()
    database.close()
    with pytest.raises(RunError, match="no such column"):
        Cache(tmp_path)
    assert (tmp_path / "measurements.sqlite").exists()
