"""vlitqa tells teams who tune multimodal models whether their instruction data is good."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vlitqa.api.door import check as check
    from vlitqa.api.door import open_run as open_run
    from vlitqa.api.door import score as score
    from vlitqa.api.door import select as select

__version__ = "0.1.0"
_DOOR = ("check", "open_run", "score", "select")


def __getattr__(name: str) -> object:
    if name not in _DOOR:
        raise AttributeError(f"module 'vlitqa' has no attribute {name!r}")
    from vlitqa.api import door

    return getattr(door, name)


def __dir__() -> list[str]:
    return [*_DOOR, "__version__"]
