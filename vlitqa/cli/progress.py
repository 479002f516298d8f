"""Shows the progress of a run on standard error: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from reports.visible import visible
from vlitqa.algorithms.counted import counted
from vlitqa.cli.screen import tell
from vlitqa.contracts import Observer

_LINE_SECONDS = 10.0
"""Time between two lines."""
_QUIET_SECONDS = 1.0
"""Time before the first line: short work needs none."""


@contextmanager
def progress(name: str, *, with_copies: bool = False) -> Iterator[Observer]:
    """Gives an observer that shows the progress of a dataset, whose records may be measured in copies too."""
    note = " and copies" if with_copies else ""
    if sys.stderr.isatty():
        with _show_bar(name, note) as observer:
            yield observer
    else:
        yield _show_lines(name, note)


@contextmanager
def _show_bar(name: str, note: str) -> Iterator[Observer]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[done]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(visible(name), total=1.0, done="")
        started = time.monotonic()

        def observe(records: int, rejects: int, share: float) -> None:
            rate = records / max(time.monotonic() - started, 1e-3)
            bar.update(task, completed=share, done=_counts(records, rejects, rate, note))

        yield observe


def _show_lines(name: str, note: str) -> Observer:
    started = time.monotonic()
    last_line = started - _LINE_SECONDS + _QUIET_SECONDS

    def observe(records: int, rejects: int, share: float) -> None:
        nonlocal last_line
        now = time.monotonic()
        if now - last_line < _LINE_SECONDS:
            return
        last_line = now
        counts = _counts(records, rejects, records / max(now - started, 1e-3), note)
        tell(f"{name}: {share:.0%} {'measured' if note else 'read'}, {counts}")

    return observe


def _counts(records: int, rejects: int, rate: float, note: str = "") -> str:
    rejected = f", {rejects:,} rejected" if rejects else ""
    return f"{counted(records, 'record')}{note}{rejected}, {rate:,.0f} a second"
