"""New processes that do not run the user's own program again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def hide_main_module() -> Iterator[None]:
    """Lets processes that are started meanwhile not run the main module, which might start processes itself.

    Work is defined in modules, and a program that calls vlitqa needs no `if __name__ == "__main__"`.
    """
    module = sys.modules["__main__"]
    before: dict[str, object] = {name: vars(module)[name] for name in ("__file__", "__spec__") if name in vars(module)}
    vars(module).update(dict.fromkeys(before))
    try:
        yield
    finally:
        vars(module).update(before)
