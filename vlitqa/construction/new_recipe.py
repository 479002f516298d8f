"""Recipes to begin with."""

from __future__ import annotations

from pathlib import Path

from vlitqa.catalogue import suggestion
from vlitqa.construction.recipe import STRATEGIES
from vlitqa.errors import UsageError
from vlitqa.storage.atomic import disk_errors, replacing

_TEMPLATES = Path(__file__).parent / "recipes"


def write_new_recipe(path: Path, strategy: str) -> None:
    """Writes a recipe of a strategy; raises UsageError for a strategy that is none, and for a file that is there."""
    if strategy not in STRATEGIES:
        raise UsageError(f"There is no strategy {strategy!r}.", repair=suggestion(strategy, STRATEGIES))
    if path.exists():
        raise UsageError(f"{path} is there already.", repair="Name a new file.")
    if not path.parent.is_dir():
        raise UsageError(f"There is no folder {path.parent}.", repair="Make it, or name another.")
    with disk_errors(path), replacing(path) as file:
        file.write((_TEMPLATES / f"{strategy}.toml").read_bytes())
