"""Shows how the cells of a comparison fill: a grid on a terminal, elsewhere a line for each cell that ends."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from vlitqa.algorithms.counted import counted
from vlitqa.api.messages import safe, tell

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

    from vlitqa.comparison.cell_process import CellNews
    from vlitqa.comparison.cells import TuningCell

_DONE, _FAILED, _WAITING = "done", "failed", "·"
_LINE_SECONDS = 30.0
"""Time between two lines about a cell that goes on."""


Hear = Callable[["CellNews"], None]
"""Takes what became of a cell, and shows it."""


@contextmanager
def cell_progress(cells: Sequence[TuningCell], left: Sequence[TuningCell]) -> Iterator[Hear]:
    """Gives a listener that shows the progress of the cells that are left of all."""
    grid = _Grid(cells, left)
    if not sys.stderr.isatty():
        yield grid.hear_by_lines
        return
    from rich.console import Console
    from rich.live import Live

    with Live(grid.draw(), console=Console(stderr=True), transient=True, refresh_per_second=4) as live:
        grid.live = live
        yield grid.hear_on_screen


class _Grid:
    """The state of each cell: waiting, a line about its progress, done, or failed."""

    def __init__(self, cells: Sequence[TuningCell], left: Sequence[TuningCell]) -> None:
        self._cells = cells
        keys = {cell.key for cell in left}
        self._states = {cell.key: _WAITING if cell.key in keys else _DONE for cell in cells}
        self._count, self._ended = len(left), 0
        self._started = time.monotonic()
        self._line_times: dict[str, float] = {}
        self.live: Live | None = None

    def hear_on_screen(self, news: CellNews) -> None:
        """Draws the grid anew."""
        self._note(news)
        assert self.live is not None
        if news.end:
            for failure in news.end.failures:
                self.live.console.print(safe(f"{_name(news.cell)}: {failure.reason}"))
        self.live.update(self.draw())

    def hear_by_lines(self, news: CellNews) -> None:
        """Tells every end, and now and then how far a cell is."""
        self._note(news)
        name = _name(news.cell)
        if news.end:
            for failure in news.end.failures:
                tell(f"{name}: {failure.benchmark + ': ' if failure.benchmark else ''}{failure.reason}")
            state = "failed in part" if news.end.failures else "done"
            tell(f"{name}: {state}; {self._ended} of {counted(self._count, 'cell')}{self._time_left()}")
        elif time.monotonic() - self._line_times.get(news.cell.key, self._started) > _LINE_SECONDS:
            self._line_times[news.cell.key] = time.monotonic()
            tell(f"{name}: {news.line}")

    def draw(self) -> Table:
        """Datasets down, models and seeds across."""
        from rich.table import Table

        columns = list(dict.fromkeys((cell.model, cell.seed) for cell in self._cells))
        title = f"{self._ended} of {counted(self._count, 'cell')} done{self._time_left()}"
        table = Table(title=title, title_justify="left")
        table.add_column("")
        for model, seed in columns:
            table.add_column(f"{model}, seed {seed}", overflow="fold")
        rows: dict[str, dict[tuple[str, int], str]] = {}
        for cell in self._cells:
            rows.setdefault(cell.dataset, {})[cell.model, cell.seed] = self._states[cell.key]
        for dataset, states in rows.items():
            table.add_row(safe(dataset), *(safe(states.get(column, "")) for column in columns))
        return table

    def _note(self, news: CellNews) -> None:
        if news.end:
            self._ended += 1
            self._states[news.cell.key] = _FAILED if news.end.failures else _DONE
        else:
            self._states[news.cell.key] = news.line

    def _time_left(self) -> str:
        """By the time that the cells took so far; nothing before the first one ended."""
        if not self._ended or self._ended == self._count:
            return ""
        seconds = (time.monotonic() - self._started) / self._ended * (self._count - self._ended)
        return f", about {timedelta(seconds=round(seconds))} left"


def _name(cell: TuningCell) -> str:
    return f"{cell.model} on {cell.dataset}, seed {cell.seed}"
