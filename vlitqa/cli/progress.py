"""How far a run is: a bar on a terminal, a line now and then elsewhere; always on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from vlitqa.contracts import Observer

_EVERY = 10.0
"""Seconds between two plain lines."""
_QUIET = 1.0
"""Seconds that pass before the first word: short work needs none."""


@contextmanager
def progress(name: str) -> Iterator[Observer]:
    """An observer that shows how far the dataset of this name is."""
    if sys.stderr.isatty():
        with _bar(name) as observer:
            yield observer
    else:
        yield _lines(name)


@contextmanager
def _bar(name: str) -> Iterator[Observer]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[done]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=1.0, done="")
        started = time.monotonic()

        def observe(records: int, rejects: int, share: float) -> None:
            rate = records / max(time.monotonic() - started, 1e-3)
            bar.update(task, completed=share, done=_done(records, rejects, rate))

        yield observe


def _lines(name: str) -> Observer:
    started = time.monotonic()
    spoken = started - _EVERY + _QUIET

    def observe(records: int, rejects: int, share: float) -> None:
        nonlocal spoken
        now = time.monotonic()
        if now - spoken < _EVERY:
            return
        spoken = now
        done = _done(records, rejects, records / max(now - started, 1e-3))
        print(f"{name}: {share:.0%} read, {done}", file=sys.stderr, flush=True)

    return observe


def _done(records: int, rejects: int, rate: float) -> str:
    rejected = f", {rejects:,} rejected" if rejects else ""
    return f"{records:,} records{rejected}, {rate:,.0f} a second"
