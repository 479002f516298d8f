"""New processes that do not run the user's own program again."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_hiding: list[dict[str, object]] = []
"""What the main module had, once for each thread that hides it: the first entry is what it gets back."""


@contextmanager
def hide_main_module() -> Iterator[None]:
    """Lets processes that are started meanwhile not run the main module, which might start processes itself.

    Work is defined in modules, and a program that calls vlitqa needs no `if __name__ == "__main__"`.
    """
    module = sys.modules["__main__"]
    with _lock:
        names = [name for name in ("__file__", "__spec__") if name in vars(module)]
        _hiding.append(_hiding[0] if _hiding else {name: vars(module)[name] for name in names})
        vars(module).update(dict.fromkeys(names))
    try:
        yield
    finally:
        with _lock:
            before = _hiding.pop()
            if not _hiding:
                vars(module).update(before)
