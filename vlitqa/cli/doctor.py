"""`vlitqa doctor`: the tools and metrics that are ready on this machine, and what the others lack."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vlitqa.cli import options
from vlitqa.engines.cores import available_cores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vlitqa.backends.toolbox import ToolChoice

_GIB = 1 << 30


def doctor(
    *, profile: options.ProfileOption = "", tool: options.ToolOption = None, json: options.JsonOption = False
) -> None:
    """Show which tools and metrics are ready on this machine, and what the others lack."""
    from vlitqa import __version__
    from vlitqa.backends.profiles import choose_tools, read_profile
    from vlitqa.catalogue import METRICS
    from vlitqa.cli import screen
    from vlitqa.cli.model_presets import preset_states
    from vlitqa.scoring.provenance import package_versions
    from vlitqa.storage.places import cache_folder

    cache = cache_folder()
    choices = choose_tools(read_profile(Path.cwd(), profile, tool or ()))
    facts: dict[str, Any] = {
        "vlitqa": __version__,
        "system": platform.platform(),
        "cores": available_cores(),
        "memory": f"{_memory_bytes() / _GIB:.1f} GiB",
        "packages": {"python": platform.python_version(), **package_versions()},
        "cache": str(cache),
        "cache size": f"{_folder_bytes(cache) / (1 << 20):.1f} MiB",
        "cache writable": _is_writable(cache),
        "free space here": f"{shutil.disk_usage(Path.cwd()).free / _GIB:.1f} GiB",
        "tools": _tool_states(choices),
        "metrics": {name: _metric_state(name, choices) for name in METRICS},
        "models": preset_states(),
    }
    if json:
        screen.show_json(facts)
    else:
        screen.show_facts(facts)


def _tool_states(choices: Sequence[ToolChoice]) -> dict[str, str]:
    """The tool of each kind that would be used, or what the candidates lack."""
    return {choice.kind: choice.name if choice.backend else f"none; {choice.lack}" for choice in choices}


def _metric_state(name: str, choices: Sequence[ToolChoice]) -> str:
    """`ready`, or the packages or tools that a metric lacks."""
    from vlitqa.catalogue import load_metric
    from vlitqa.scoring.provenance import MISSING, package_versions

    card = load_metric(name).card
    versions = package_versions(card.packages)
    missing_packages = [package for package, version in versions.items() if version == MISSING]
    missing_tools = [choice.kind for choice in choices if choice.kind in card.tools and not choice.backend]
    if missing_packages:
        return f"not measurable: pip install {' '.join(missing_packages)}"
    return f"not measurable: no {' and no '.join(missing_tools)}" if missing_tools else "ready"


def _memory_bytes() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return 0


def _folder_bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("*") if file.is_file()) if folder.is_dir() else 0


def _is_writable(folder: Path) -> bool:
    """True if a folder can be made there; tries it, because permissions say nothing of /proc or of a full disk."""
    try:
        existing = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
        with tempfile.TemporaryDirectory(dir=existing):
            return True
    except OSError:
        return False
