"""Shows the progress of a run on standard error: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

from reports.visible import visible
from vlitqa.algorithms.counted import counted
from vlitqa.api.messages import tell
from vlitqa.contracts import Observer

_LINE_SECONDS = 10.0
"""Time between two lines."""
_QUIET_SECONDS = 1.0
"""Time before the first line: short work needs none."""


_SPEED_SECONDS, _FEWEST_MOMENTS = 60.0, 2
"""The speed of an exam is that of the last minute: answers of an earlier run come at once, and would raise it."""
_Describe = Callable[[int, int, float], str]
"""Puts into words how many are done and left out, and how many seconds that took."""


def progress(name: str, *, with_copies: bool = False) -> AbstractContextManager[Observer]:
    """Gives an observer that shows the progress of a dataset, whose records may be measured in copies too."""
    note = " and copies" if with_copies else ""

    def describe(records: int, rejects: int, seconds: float) -> str:
        rejected = f", {rejects:,} rejected" if rejects else ""
        return f"{counted(records, 'record')}{note}{rejected}, {records / seconds:,.0f} a second"

    return _show(name, "measured" if note else "read", describe)


def question_progress(name: str, questions: int) -> AbstractContextManager[Observer]:
    """Gives an observer that shows how many questions of an exam are answered, how fast, and the time that is left."""

    moments = deque([(0.0, 0)])  # seconds since the start, and questions done by then

    def describe(answered: int, unasked: int, seconds: float) -> str:
        done = answered + unasked
        moments.append((seconds, done))
        while len(moments) > _FEWEST_MOMENTS and seconds - moments[0][0] > _SPEED_SECONDS:
            moments.popleft()
        since, before = moments[0]
        rate = max(done - before, 1) / max(seconds - since, 1e-3)
        left = timedelta(seconds=round((questions - done) / rate))
        not_asked = f", {unasked:,} not asked" if unasked else ""
        return f"{answered:,} of {counted(questions, 'question')}{not_asked}, {rate:,.1f} a second, {left} left"

    return _show(name, "answered", describe)


def image_progress(name: str, images: int) -> AbstractContextManager[Observer]:
    """Gives an observer that shows how many images of a folder are embedded, and how many are left out."""

    def describe(embedded: int, left_out: int, seconds: float) -> str:
        faults = f", {left_out:,} left out" if left_out else ""
        return f"{embedded:,} of {counted(images, 'image')}{faults}, {embedded / seconds:,.0f} a second"

    return _show(name, "embedded", describe)


def row_progress(name: str, rows: int) -> AbstractContextManager[Observer]:
    """Gives an observer that shows how many rows of a dataset are built, and how many drafts were dropped."""

    def describe(built: int, dropped: int, seconds: float) -> str:
        faults = f", {dropped:,} dropped" if dropped else ""
        return f"{built:,} of at most {counted(rows, 'row')}{faults}, {built / seconds:,.0f} a second"

    return _show(name, "built", describe)


@contextmanager
def _show(name: str, verb: str, describe: _Describe) -> Iterator[Observer]:
    if sys.stderr.isatty():
        with _show_bar(name, describe) as observer:
            yield observer
    else:
        yield _show_lines(name, verb, describe)


@contextmanager
def _show_bar(name: str, describe: _Describe) -> Iterator[Observer]:
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

        def observe(done: int, left_out: int, share: float) -> None:
            bar.update(task, completed=share, done=describe(done, left_out, _seconds_since(started)))

        yield observe


def _show_lines(name: str, verb: str, describe: _Describe) -> Observer:
    started = time.monotonic()
    last_line = started - _LINE_SECONDS + _QUIET_SECONDS

    def observe(done: int, left_out: int, share: float) -> None:
        nonlocal last_line
        now = time.monotonic()
        if now - last_line < _LINE_SECONDS:
            return
        last_line = now
        tell(f"{name}: {share:.0%} {verb}, {describe(done, left_out, _seconds_since(started))}")

    return observe


def _seconds_since(started: float) -> float:
    return max(time.monotonic() - started, 1e-3)
