"""What a tool of a test lacks."""

from __future__ import annotations

from vlitqa.contracts.tools import Backend, Lack

NOTHING = Lack("", "")


def lack_of(backend: Backend) -> Lack:
    """What a tool lacks; two empty sentences if it can be opened."""
    return backend.missing() or NOTHING
