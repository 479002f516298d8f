"""The command lines that a page offers to copy."""

from __future__ import annotations

import shlex

from reports.run import Run


def selecting(run: Run, rule: str = "") -> str:
    """The line that keeps the rows of a run for which a rule holds."""
    line = shlex.join(["vlitqa", "select", str(run.folder), "--rule"])
    return f"{line} {shlex.quote(rule)}" if rule else line
