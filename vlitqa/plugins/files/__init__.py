"""The files of plug-ins as modules: `vlitqa.plugins.files.NAME` is the file NAME.py that a user named.

Work that goes to another process names its classes by their modules, and the same rule finds them there: the variable
of the environment goes along.
"""

from __future__ import annotations

import os
import sys
from importlib import invalidate_caches
from pathlib import Path

VARIABLE = "VLITQA_PLUGINS"
"""The variable of the environment that names files of plug-ins, written as PATH writes folders."""


_changes = 0


def named_files() -> tuple[Path, ...]:
    """The files of plug-ins that the environment names."""
    return tuple(Path(text) for text in os.environ.get(VARIABLE, "").split(os.pathsep) if text)


def name_file(path: Path) -> None:
    """Adds a file of plug-ins to those that the environment names, for this process and all that it starts.

    A file that was named before is read anew.
    """
    _name_files({*named_files(), path.absolute()}, path)


def forget_file(path: Path) -> None:
    """Takes a file of plug-ins out of those that the environment names."""
    _name_files({*named_files()} - {path.absolute()}, path)


def changes() -> int:
    """How often files were named or forgotten: what was read of them holds as long as it is the same."""
    return _changes


def _name_files(files: set[Path], changed: Path) -> None:
    global _changes
    os.environ[VARIABLE] = os.pathsep.join(sorted(map(str, files)))
    __path__[:] = _folders()
    sys.modules.pop(f"{__name__}.{changed.stem}", None)
    invalidate_caches()
    _changes += 1


def _folders() -> list[str]:
    return list(dict.fromkeys(str(file.parent) for file in named_files()))


__path__ = _folders()
