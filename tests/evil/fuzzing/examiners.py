"""Processes of bounded memory that examine many files each, and are ended when one file takes too long."""

from __future__ import annotations

import multiprocessing
import resource
import signal
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from tests.evil.fuzzing.damaged_files import draw_file
from tests.evil.fuzzing.examining import Examination, examine

SECONDS, MEMORY = 20, 2 << 30
"""The most that one file may take, in seconds of processor time: whatever else the machine does, it is the same."""
_PATIENCE = 300
"""Seconds after which a process that takes no processor time hangs too."""
_SPAWN = multiprocessing.get_context("spawn")
_START_SECONDS = 120
_FILES_OF_ONE = 300
"""Files that one process examines at most."""


@dataclass(frozen=True, slots=True)
class Examined:
    """The number of a file, and what became of it."""

    number: int
    examination: Examination


def examine_files(seed: int, numbers: Sequence[int], processes: int = 1) -> Iterator[Examined]:
    """Draws the files of these numbers and examines each, in order, in as many processes at a time."""
    shares = [numbers[first : first + _FILES_OF_ONE] for first in range(0, len(numbers), _FILES_OF_ONE)]
    with ThreadPoolExecutor(processes) as pool:
        for share in pool.map(lambda share: list(_examine_share(seed, share)), shares):
            yield from share


def _examine_share(seed: int, numbers: Sequence[int]) -> Iterator[Examined]:
    waiting = list(numbers)
    while waiting:
        for examined in _examine_until_end(seed, tuple(waiting)):
            yield examined
            waiting.remove(examined.number)


def _examine_until_end(seed: int, numbers: Sequence[int]) -> Iterator[Examined]:
    """Examines files in one process, until it is ended by one of them."""
    here, there = _SPAWN.Pipe()
    process = _SPAWN.Process(target=_work, args=(seed, there), daemon=True)
    process.start()
    there.close()
    try:
        if not here.poll(_START_SECONDS):
            raise TimeoutError("no examiner starts")
        here.recv()
        for number in numbers:
            here.send(number)
            if not here.poll(_PATIENCE):
                yield Examined(number, Examination(fault=f"it hangs for {_PATIENCE} s"))
                return
            try:
                examination = here.recv()
            except EOFError:
                process.join()
                took_long = process.exitcode == -signal.SIGXCPU
                fault = f"it takes over {SECONDS} s" if took_long else f"it ends the process ({process.exitcode})"
                yield Examined(number, Examination(fault=fault))
                return
            yield Examined(number, examination)
    finally:
        here.close()
        process.kill()
        process.join()


def _work(seed: int, connection: Connection) -> None:
    """Examines files whose numbers come in, until no more come."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data"
        connection.send(None)
        while True:
            try:
                number = connection.recv()
            except EOFError:
                return
            soft = int(time.process_time()) + 1 + SECONDS
            resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))
            path.write_bytes(draw_file(seed, number).content)
            connection.send(examine(path))
