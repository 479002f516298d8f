"""Cells done on a Ray cluster, whose nodes share the folder of runs; a cell whose node dies begins again elsewhere."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import ModuleType

import msgspec

from vlitqa.comparison.cell_process import CellEnd, CellNews
from vlitqa.comparison.cells import CellFailure, TuningCell
from vlitqa.comparison.local_crew import make_local_crew
from vlitqa.engines.ray_cluster import connect_ray, gpu_share, import_ray, last_line

_RETRIES = 3
_WAIT_SECONDS = 1.0
"""Between two looks: a user who stops the command is heard meanwhile."""


@dataclass(slots=True)
class RayCrew:
    """As many cells at a time as the cluster has cores, or as a user says; one GPU for each where there are any."""

    workers: int = 0
    processes: int = 1
    """Those of one cell, each with a core, and a GPU where there are any."""

    def do(self, cells: Sequence[TuningCell]) -> Generator[CellNews, None, None]:
        """Does cells, and yields how each ended."""
        ray = import_ray()
        with connect_ray(ray, self.workers):
            resources = ray.cluster_resources()
            self.workers = self.workers or max(1, int(resources.get("CPU", 1)) // self.processes)
            share = gpu_share(resources.get("GPU", 0), self.workers)
            work = ray.remote(_do_cell).options(
                num_cpus=self.processes,
                num_gpus=share if self.processes == 1 or not share else self.processes,
                max_retries=_RETRIES,
                scheduling_strategy="SPREAD",
            )
            waiting = iter(cells)
            running: dict[object, TuningCell] = {}
            while True:
                for cell in islice(waiting, self.workers - len(running)):
                    running[work.remote(msgspec.json.encode(cell), str(Path.cwd()))] = cell
                if not running:
                    return
                ended, _ = ray.wait(list(running), timeout=_WAIT_SECONDS)
                for reply in ended:
                    yield CellNews(running.pop(reply), end=_end_of(ray, reply))


def _end_of(ray: ModuleType, reply: object) -> CellEnd:
    """How a cell ended, as its node says; a cell without a node is its failure."""
    try:
        return msgspec.json.decode(ray.get(reply), type=CellEnd)
    except ray.exceptions.RayError as error:
        return CellEnd((CellFailure(f"the cluster lost it ({last_line(error)})"),))


def _do_cell(cell: bytes, folder: str) -> bytes:
    """Does a cell on a node, in the folder in which the command was called, so that paths mean the same."""
    os.chdir(folder)
    wanted = msgspec.json.decode(cell, type=TuningCell)
    if wanted.computing.processes > 1:
        with closing(make_local_crew(1, 1, wanted.computing.processes).do([wanted])) as news_of_cell:
            return msgspec.json.encode(next(news.end for news in news_of_cell if news.end))
    from vlitqa.comparison.cell_work import do_cell

    return msgspec.json.encode(CellEnd(tuple(do_cell(wanted, lambda _line: None) or ())))
