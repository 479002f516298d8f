"""Runs the real command line in a process of its own, with a cache and a working folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

LIGHT = ("--metrics", "light")
"""What needs no model: a run that is about something else does not wait for one."""
TIMEOUT = 1_100
"""Seconds after which a command hangs, whatever else a machine does: a little before the test that started it ends."""
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "COLUMNS"}


def vlitqa(*arguments: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The finished command: its exit code and what it printed."""
    return subprocess.run(
        [sys.executable, "-m", "vlitqa", *map(str, arguments)],
        cwd=cwd,
        env={**_ENVIRONMENT, "VLITQA_CACHE": str(cwd / "cache"), **environment},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


def check_json(path: Path, *arguments: object, cwd: Path) -> dict[str, Any]:
    """What `vlitqa check --json` says of one dataset."""
    done = vlitqa("check", path, "--json", *arguments, cwd=cwd)
    lines = done.stdout.splitlines()
    assert len(lines) == 1, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(lines[0])
    return found
