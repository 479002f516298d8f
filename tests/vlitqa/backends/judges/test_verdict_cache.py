"""Answers are kept once, privately, for many at a time, and never as something else."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from vlitqa.backends.judges.verdict_cache import VerdictCache
from vlitqa.contracts.tools import Verdict
from vlitqa.results import Status


def test_only_answers_are_kept_and_nobody_else_can_read_them(tmp_path: Path) -> None:
    cache = VerdictCache(tmp_path / "cache")
    cache.put(b"yes", Verdict("4", probabilities={"4": 1.0}))
    cache.put(b"no", Verdict(None, Status.JUDGE_UNPARSABLE, "because"))
    assert dict(cache.get([b"yes", b"no"])) == {b"yes": Verdict("4", probabilities={"4": 1.0})}
    assert stat.S_IMODE(cache.path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in cache.path.parent.iterdir()} == {0o600}


@pytest.mark.parametrize("damage", [b"no database at all", b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_damaged_cache_is_put_aside_and_begun_anew(damage: bytes, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    ((tmp_path / "cache") / "verdicts.sqlite").write_bytes(damage)
    cache = VerdictCache(tmp_path / "cache")
    cache.put(b"key", Verdict("4"))
    assert cache.get([b"key"])[b"key"].answer == "4"
    assert "put aside" in cache.note
    assert [path.read_bytes() for path in (tmp_path / "cache").glob("verdicts.damaged-*")] == [damage]


def test_a_verdict_whose_bytes_changed_is_unknown(tmp_path: Path) -> None:
    cache = VerdictCache(tmp_path / "cache")
    cache.put(b"key", Verdict("4"))
    with sqlite3.connect(cache.path) as other:
        other.execute("UPDATE verdict SET value = substr(value, 1, 4) || '[\"9\",{}]'")
    assert cache.get([b"key"]) == {}


def test_many_threads_and_connections_share_a_cache(tmp_path: Path) -> None:
    def fill(name: int) -> None:
        for number in range(15):
            cache = VerdictCache(tmp_path / "cache")
            cache.put(b"%d-%d" % (name, number), Verdict("4"))
            cache.close()

    threads = [threading.Thread(target=fill, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    keys = [b"%d-%d" % (name, number) for name in range(4) for number in range(15)]
    assert len(VerdictCache(tmp_path / "cache").get(keys)) == 60


def test_several_processes_share_a_cache_and_lose_nothing(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from vlitqa.contracts.tools import Verdict\n"
        "from vlitqa.backends.judges.verdict_cache import VerdictCache\n"
        "cache = VerdictCache(Path(sys.argv[1]))\n"
        "for each in range(40): cache.put(b'%s-%d' % (sys.argv[2].encode(), each), Verdict('4'))"
    )
    writers = [subprocess.Popen([sys.executable, "-c", script, str(tmp_path), name]) for name in "abc"]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    keys = [b"%s-%d" % (name, number) for name in (b"a", b"b", b"c") for number in range(40)]
    assert len(VerdictCache(tmp_path).get(keys)) == 120
