"""The processes that a process has started, and their states."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

PATIENCE = 600.0
"""Seconds to wait for what must happen soon on a machine that is busy."""


def descendants(pid: int) -> set[int]:
    """Children, and theirs, of a process."""
    parents = {int(folder.name): _parent(folder) for folder in Path("/proc").glob("[0-9]*")}
    family: set[int] = set()
    while more := {child for child, parent in parents.items() if parent in family | {pid}} - family:
        family |= more
    return family


def alive(pids: Iterable[int]) -> set[int]:
    """Those that still run; a zombie that nobody has asked for does not."""
    return {pid for pid in pids if _state(pid) not in ("", "Z", "X")}


def stopped(pids: Iterable[int]) -> set[int]:
    """Those that a signal has stopped, and that go on when another one says so."""
    return {pid for pid in pids if _state(pid) == "T"}


def started_with(text: str) -> set[int]:
    """Running processes that have a text in their environment, whoever started them."""
    return alive(int(folder.name) for folder in Path("/proc").glob("[0-9]*") if text.encode() in _environment(folder))


def wait_until(happened: Callable[[], object], what: str) -> None:
    """Waits for what must happen; fails with its name where it does not."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, f"it never happened: {what}"
        time.sleep(0.02)


def _fields(folder: Path) -> list[str]:
    """The fields of /proc/PID/stat from the state on."""
    try:
        return (folder / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _environment(folder: Path) -> bytes:
    try:
        return (folder / "environ").read_bytes()
    except OSError:
        return b""


def _parent(folder: Path) -> int:
    fields = _fields(folder)
    return int(fields[1]) if fields else 0


def _state(pid: int) -> str:
    fields = _fields(Path(f"/proc/{pid}"))
    return fields[0] if fields else ""
