"""The threads that a process computes with: its share of the cores, unless its user has said how many.

Left alone, torch, OpenMP and BLAS take every core of the machine in every process, and their threads spin while they
wait for each other: where cores are shared, that is slower than one thread.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from vlitqa.engines.cores import available_cores

COUNTS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS")
"""Environment variables in which libraries look for their number of threads when they are loaded."""
WAITING = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "10000", "KMP_BLOCKTIME": "0"}
"""A thread that waits soon sleeps: one that spins may hold the core that the thread it waits for needs.

The short spin, of some ten microseconds, is for small models: their kernels follow each other faster than threads wake.
"""
_chosen_here: set[str] = set()
"""Variables that this process has set itself, and may set anew for processes that it starts."""


def limit_threads(processes: int = 1) -> None:
    """Leaves this process its share of the cores where so many share them; call it before numpy or torch is loaded.

    What the environment says already stays as it is.
    """
    for name, value in _settings(processes).items():
        if name not in os.environ:
            os.environ[name] = value
            _chosen_here.add(name)
    torch = sys.modules.get("torch")
    if torch is not None and COUNTS[0] in _chosen_here:  # it no longer reads the environment
        torch.set_num_threads(int(os.environ[COUNTS[0]]))


@contextmanager
def limited_children(processes: int) -> Iterator[None]:
    """Leaves every process that is started meanwhile its share of the cores where so many share them."""
    settings = _settings(processes)
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update({name: value for name, value in settings.items() if not _is_users(name)})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def one_thread() -> Iterator[None]:
    """Lets torch, which must be loaded, compute with one thread meanwhile.

    Kernels round otherwise where threads share the work: scores would depend on the cores of a machine.
    """
    torch = sys.modules["torch"]
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _settings(processes: int) -> Mapping[str, str]:
    """The environment of a process that shares the cores; other libraries follow what a user says to OpenMP."""
    setting = os.environ[COUNTS[0]].partition(",")[0].strip() if _is_users(COUNTS[0]) else ""
    threads = max(1, int(setting)) if setting.isdecimal() else max(1, available_cores() // max(1, processes))
    return {**dict.fromkeys(COUNTS, str(threads)), **WAITING}


def _is_users(name: str) -> bool:
    """True if a user has set a variable."""
    return name in os.environ and name not in _chosen_here
