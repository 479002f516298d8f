"""`vlitqa doctor`: what this machine can measure, and what it lacks."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vlitqa.cli import options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vlitqa.backends.toolbox import ToolChoice

_GIB = 1 << 30


def doctor(profile: options.Profile = "", tool: options.Tool = None, json: options.Json = False) -> None:
    """Say what this machine can measure, and what it lacks."""
    from vlitqa import __version__
    from vlitqa.backends.profiles import choose_tools, read_profile
    from vlitqa.catalogue import METRICS
    from vlitqa.cli import screen
    from vlitqa.scoring.provenance import package_versions
    from vlitqa.storage.places import cache_folder

    cache = cache_folder()
    choices = choose_tools(read_profile(Path.cwd(), profile, tool or ()))
    facts: dict[str, Any] = {
        "vlitqa": __version__,
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "memory": f"{_memory() / _GIB:.1f} GiB",
        "packages": {"python": platform.python_version(), **package_versions()},
        "cache": str(cache),
        "cache size": f"{_size(cache) / (1 << 20):.1f} MiB",
        "cache writable": _writable(cache),
        "free space here": f"{shutil.disk_usage(Path.cwd()).free / _GIB:.1f} GiB",
        "tools": _tools(choices),
        "metrics": {name: _state(name, choices) for name in METRICS},
    }
    if json:
        screen.show_json(facts)
    else:
        screen.show_facts(facts)


def _tools(choices: Sequence[ToolChoice]) -> dict[str, str]:
    """By kind: the tool that would be used, or what those that were tried lack."""
    return {each.kind: each.name if each.backend else f"none; {each.lack}" for each in choices}


def _state(name: str, choices: Sequence[ToolChoice]) -> str:
    """`ready`, or the packages or tools that a metric misses."""
    from vlitqa.catalogue import load_metric
    from vlitqa.scoring.provenance import MISSING, package_versions

    card = load_metric(name).card
    versions = package_versions(card.packages)
    missing = [package for package, version in versions.items() if version == MISSING]
    absent = [each.kind for each in choices if each.kind in card.tools and not each.backend]
    if missing:
        return f"not measurable: pip install {' '.join(missing)}"
    return f"not measurable: no {' and no '.join(absent)}" if absent else "ready"


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return 0


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("*") if file.is_file()) if folder.is_dir() else 0


def _writable(folder: Path) -> bool:
    """Whether a folder can be made there: tried, because permissions say nothing of /proc or of a full disk."""
    try:
        existing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
        with tempfile.TemporaryDirectory(dir=existing):
            return True
    except OSError:
        return False
