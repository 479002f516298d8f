"""Where pages may be written."""

from __future__ import annotations

from pathlib import Path

from vlitqa.errors import UsageError


def refuse_page_target(target: Path, option: str = "--output") -> None:
    """Raises UsageError where a page would replace a link, a device, a dataset or any other file that is no page."""
    from reports.page import is_page

    repair = f"Name another file: {option} FILE."
    if target.is_symlink():
        raise UsageError(f"{target} is a link.", repair=repair)
    if not target.parent.is_dir():
        raise UsageError(f"{target.parent} is no folder.", repair=f"Make it first, or name another: {option} FILE.")
    if not target.exists():
        return
    if not target.is_file():
        raise UsageError(f"{target} is no file.", repair=repair)
    if not is_page(target):
        raise UsageError(f"{target} is there already, and no report wrote it.", repair=repair)
