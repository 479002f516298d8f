"""Work in a few threads with results in order; nothing waits for what nobody needs any more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
_Done = tuple[int, Result | None, BaseException | None]


def map_in_threads(work: Callable[[Item], Result], items: Sequence[Item], threads: int) -> list[Result]:
    """Returns the result of the work for every item; the first error ends all work and is raised at once.

    The threads are daemons: a call that hangs holds up neither the error of another one nor the end of the process.
    """
    waiting: SimpleQueue[tuple[int, Item] | None] = SimpleQueue()
    done: SimpleQueue[_Done[Result]] = SimpleQueue()
    stopped = threading.Event()
    for entry in enumerate(items):
        waiting.put(entry)
    for _ in range(min(threads, len(items))):
        waiting.put(None)
        threading.Thread(target=_work_through, args=(work, waiting, done, stopped), daemon=True).start()
    results: dict[int, Result] = {}
    try:
        for _ in items:
            place, result, error = done.get()
            if error is not None:
                raise error
            results[place] = result  # type: ignore[assignment]
    finally:
        stopped.set()
    return [results[place] for place in range(len(items))]


def _work_through(
    work: Callable[[Item], Result],
    waiting: SimpleQueue[tuple[int, Item] | None],
    done: SimpleQueue[_Done[Result]],
    stopped: threading.Event,
) -> None:
    while not stopped.is_set() and (entry := waiting.get()) is not None:
        try:
            done.put((entry[0], work(entry[1]), None))
        except BaseException as error:  # noqa: BLE001 - whatever ends a thread is raised again in the caller's
            done.put((entry[0], None, error))
