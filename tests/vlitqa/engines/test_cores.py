"""A process knows what of the machine is its own, whatever keeps the rest from it."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from vlitqa.engines.cores import available_cores, cpu_quota


def quota(folder: Path, groups: str, **limits: str) -> float:
    """The quota of a process in these groups, where the files of limits lie in a mount of its own."""
    (folder / "cgroup").write_text(groups)
    for name, text in limits.items():
        path = folder / "mount" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return cpu_quota(folder / "cgroup", folder / "mount")


def test_a_group_may_not_use_more_than_the_groups_above_it(tmp_path: Path) -> None:
    limits = {"a/b/cpu.max": "max 100000\n", "a/cpu.max": "150000 100000\n", "cpu.max": "400000 100000\n"}
    assert quota(tmp_path, "0::/a/b\n", **limits) == 1.5


def test_a_container_sees_its_own_group_as_the_uppermost(tmp_path: Path) -> None:
    limits = {"cpu,cpuacct/cpu.cfs_quota_us": "250000\n", "cpu,cpuacct/cpu.cfs_period_us": "100000\n"}
    assert quota(tmp_path, "3:memory:/docker/1f\n4:cpu,cpuacct:/docker/1f\n", **limits) == 2.5


def test_the_lower_of_both_versions_holds_where_both_are_mounted(tmp_path: Path) -> None:
    limits = {"unified/cpu.max": "200000 100000\n", "cpu/cpu.cfs_quota_us": "50000", "cpu/cpu.cfs_period_us": "100000"}
    assert quota(tmp_path, "1:cpu:/\n0::/\n", **limits) == 0.5


@pytest.mark.parametrize(
    "limits",
    [
        {},
        {"cpu.max": "max 100000\n"},
        {"cpu.max": "100000 0\n"},
        {"cpu.max": "nonsense\n"},
        {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"},
    ],
)
def test_no_quota_limits_nothing(tmp_path: Path, limits: dict[str, str]) -> None:
    assert quota(tmp_path, "1:cpu:/x\n0::/x\n", **limits) == math.inf


def test_a_system_without_control_groups_limits_nothing(tmp_path: Path) -> None:
    assert cpu_quota(tmp_path / "absent", tmp_path) == math.inf


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system gives processes no cores of their own")
def test_a_process_that_may_use_one_core_has_one() -> None:
    program = (
        "import os; from vlitqa.engines.cores import available_cores\n"
        "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); print(available_cores())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"
    assert available_cores() >= 1
