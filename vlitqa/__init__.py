"""vlitqa tells teams who tune multimodal models whether their instruction data is good."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vlitqa.api.door import check as check
    from vlitqa.api.door import open_run as open_run
    from vlitqa.api.door import score as score
    from vlitqa.api.door import select as select
    from vlitqa.api.proving import compare as compare
    from vlitqa.api.proving import evaluate as evaluate

__version__ = "0.1.0"
_DOOR = {
    "check": "door",
    "score": "door",
    "open_run": "door",
    "select": "door",
    "evaluate": "proving",
    "compare": "proving",
}
"""What the door offers, and the file of it in vlitqa/api/; loaded when it is asked for."""


def __getattr__(name: str) -> object:
    if name not in _DOOR:
        raise AttributeError(f"module 'vlitqa' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"vlitqa.api.{_DOOR[name]}"), name)


def __dir__() -> list[str]:
    return [*_DOOR, "__version__"]
