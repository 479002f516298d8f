"""The command lines that a page offers to copy."""

from __future__ import annotations

import os
import shlex

from vlitqa.runs.finished import FinishedRun


def selecting(run: FinishedRun, rule: str = "") -> str:
    """The line that keeps the rows of a run for which a rule holds."""
    folder = os.fsencode(run.folder.absolute()).decode(errors="replace")
    line = shlex.join(["vlitqa", "select", folder, "--rule"])
    return f"{line} {shlex.quote(rule)}" if rule else line
