"""A second process that stands in the middle of its work until its input ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def second_process(program: str, folder: Path, ready: str) -> subprocess.Popen[str]:
    """Starts a Python program on a folder, and waits until it prints that it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-c", program, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == f"{ready}\n"
    return process
