"""Crews that do cells: processes of this machine, or of a cluster."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Protocol

from vlitqa.catalogue import suggestion
from vlitqa.comparison.cell_process import CellNews
from vlitqa.comparison.cells import TuningCell
from vlitqa.engines.cores import available_cores
from vlitqa.errors import UsageError

_LOCAL, _RAY = "local", "ray"


class CellCrew(Protocol):
    """Processes that do cells."""

    workers: int

    def do(self, cells: Sequence[TuningCell]) -> Generator[CellNews, None, None]:
        """Does cells, and yields what becomes of them; when it is closed, it ends the processes that it started."""
        ...


def choose_crew(name: str, workers: int | None, processes: int) -> CellCrew:
    """The crew of a name for cells of so many processes.

    Raises UsageError for a name that is none, and ToolMissing where its package is missing.
    """
    if name not in (_LOCAL, _RAY):
        raise UsageError(f"There is no engine {name!r} for cells.", repair=suggestion(name, {_LOCAL: "", _RAY: ""}))
    if name == _RAY:
        from vlitqa.comparison.ray_crew import RayCrew

        return RayCrew(workers or 0, processes)
    from vlitqa.comparison.local_crew import make_local_crew

    return make_local_crew(workers, available_cores(), processes)
