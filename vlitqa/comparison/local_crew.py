"""Cells done on this machine: some processes at a time, each of which does one cell and ends."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import IO

import msgspec

from vlitqa.backends.model_files import count_gpus
from vlitqa.comparison.cell_process import CellEnd, CellLine, CellMessage, CellNews, cell_argument
from vlitqa.comparison.cells import CellFailure, TuningCell
from vlitqa.engines.threads import COUNTS, WAITING

_DECODER = msgspec.json.Decoder(CellMessage)
_LAST_BYTES = 2_000
"""Of what a process that broke printed, by which the reason is found."""


@dataclass(slots=True)
class LocalCrew:
    """So many processes at a time; with several GPUs each has one of its own."""

    workers: int
    gpus: int = 0
    _running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    def do(self, cells: Sequence[TuningCell]) -> Generator[CellNews, None, None]:
        """Does cells, and yields what becomes of them; when it is closed, it ends the processes that it started."""
        news: queue.SimpleQueue[CellNews] = queue.SimpleQueue()
        slots: queue.SimpleQueue[int] = queue.SimpleQueue()
        for slot in range(self.workers):
            slots.put(slot)
        pool = ThreadPoolExecutor(self.workers, thread_name_prefix="cell")
        try:
            for cell in cells:
                pool.submit(self._do, cell, slots, news)
            left = len(cells)
            while left:
                message = news.get()
                left -= message.end is not None
                yield message
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in list(self._running.values()):
                process.kill()
            pool.shutdown()

    def _do(self, cell: TuningCell, slots: queue.SimpleQueue[int], news: queue.SimpleQueue[CellNews]) -> None:
        """Does one cell in a process of its own; whatever goes wrong is its failure."""
        slot = slots.get()
        try:
            with tempfile.TemporaryFile() as printed:
                end = self._follow(cell, slot, printed, news)
        except Exception as error:  # noqa: BLE001 - the thread ends here, and the cell must not
            end = _failed(f"its process could not be started ({error})")
        slots.put(slot)
        news.put(CellNews(cell, end=end))

    def _follow(self, cell: TuningCell, slot: int, printed: IO[bytes], news: queue.SimpleQueue[CellNews]) -> CellEnd:
        process = subprocess.Popen(
            [*_launcher(cell.computing.processes), "-m", "vlitqa.comparison.cell_process", cell_argument(cell)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=printed,
            env=self._environment(slot, cell.computing.processes),
        )
        self._running[process.pid] = process
        end = None
        assert process.stdout is not None
        with process:  # its input stays open as long as it is waited for
            for text in process.stdout:
                message = _DECODER.decode(text)
                if isinstance(message, CellLine):
                    news.put(CellNews(cell, line=message.text))
                else:
                    end = message
            process.wait()
        del self._running[process.pid]
        return end or _failed(_why_it_broke(process.returncode, printed))

    def _environment(self, slot: int, processes: int) -> dict[str, str]:
        """That of a cell whose processes compute with one thread each, on GPUs of its own where there are several."""
        environment = {**os.environ, **dict.fromkeys(COUNTS, "1"), **WAITING}
        if self.gpus > 1:
            names, first = _gpu_names(self.gpus), slot * processes % self.gpus
            environment["CUDA_VISIBLE_DEVICES"] = ",".join((names * 2)[first : first + processes])
        return environment


def make_local_crew(workers: int | None, cores: int, processes: int) -> LocalCrew:
    """As many cells at a time as GPUs, or else cores, suffice for, unless a user says how many."""
    gpus = count_gpus()
    return LocalCrew(workers or max(1, (gpus or cores) // processes), gpus)


def _launcher(processes: int) -> list[str]:
    """What starts Python once, or in so many processes that find each other."""
    if processes == 1:
        return [sys.executable]
    ways = ("--standalone", "--local-addr", "127.0.0.1", "--nproc-per-node", str(processes))
    return [sys.executable, "-m", "torch.distributed.run", *ways]


def _gpu_names(count: int) -> list[str]:
    """The GPUs that this process may use."""
    visible = [name.strip() for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name.strip()]
    return visible if len(visible) == count else [str(number) for number in range(count)]


def _failed(reason: str) -> CellEnd:
    return CellEnd((CellFailure(reason),))


def _why_it_broke(code: int, printed: IO[bytes]) -> str:
    """The signal that ended a process, or the last line that it printed."""
    if code < 0:
        return f"its process was ended by signal {-code}, as the system does where memory runs out"
    size = printed.seek(0, os.SEEK_END)
    printed.seek(max(0, size - _LAST_BYTES))
    lines = printed.read().decode(errors="replace").strip().splitlines()
    return f"its process ended with exit code {code}" + (f": {lines[-1]}" if lines else "")
