"""vlitqa tells teams who tune multimodal models whether their instruction data is good."""

from __future__ import annotations

from importlib import import_module

__version__ = "0.1.0"
_DOOR = {
    "check": "door",
    "score": "door",
    "open_run": "door",
    "select": "door",
    "build": "building",
    "evaluate": "proving",
    "compare": "proving",
    "use_plugin": "plugins",
}
"""What the door offers, and the file of it in vlitqa/api/, loaded when it is asked for; its types: `__init__.pyi`."""


def __getattr__(name: str) -> object:
    if name not in _DOOR:
        raise AttributeError(f"module 'vlitqa' has no attribute {name!r}")
    return getattr(import_module(f"vlitqa.api.{_DOOR[name]}"), name)


def __dir__() -> list[str]:
    return [*_DOOR, "__version__"]
