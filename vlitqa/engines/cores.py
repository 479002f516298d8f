"""The cores that this process may use, however a scheduler or a container has limited them."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

_GROUPS, _MOUNT = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")


def available_cores() -> int:
    """The cores of this process's affinity, as far as the quota of its control groups goes."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, math.floor(min(allowed, cpu_quota())))


def cpu_quota(groups: Path = _GROUPS, mount: Path = _MOUNT) -> float:
    """The number of processors that control groups leave to this process; infinite where none limits it."""
    quotas = [math.inf]
    for line in _text_of(groups).splitlines():
        _, controllers, path = line.split(":", 2)
        if not controllers:  # version 2, alone or beside version 1
            quotas += _quotas((mount, mount / "unified"), path, "cpu.max")
        elif "cpu" in controllers.split(","):
            quotas += _quotas((mount / controllers, mount / "cpu"), path, "cpu.cfs_quota_us", "cpu.cfs_period_us")
    return min(quotas)


def _quotas(folders: Sequence[Path], path: str, *names: str) -> Iterator[float]:
    """The quota of a group and of those above it, whose limits hold too; inside a container it may be the uppermost."""
    group = PurePosixPath(path.lstrip("/"))
    for folder in folders:
        for level in (group, *group.parents):
            numbers = " ".join(_text_of(folder / level / name) for name in names).split()
            if len(numbers) == 2 and all(number.isdecimal() for number in numbers):  # `max` and -1 limit nothing
                quota, period = map(int, numbers)
                yield quota / period if period else math.inf


def _text_of(path: Path) -> str:
    """The text of a file; empty where there is none."""
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
