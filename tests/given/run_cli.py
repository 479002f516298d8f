"""Runs the real command line in a process of its own, with a cache and a working folder of its own."""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from typing import Any

LIGHT = ("--metrics", "light")
"""What needs no model: a run that is about something else does not wait for one."""
TIMEOUT = 1_100
"""Seconds after which a command hangs, whatever else a machine does: a little before the test that started it ends."""
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "COLUMNS"}


def vlitqa(*arguments: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The finished command: its exit code and what it printed."""
    return _server().run(
        [*map(str, arguments)], cwd=cwd, environment={**_ENVIRONMENT, "VLITQA_CACHE": str(cwd / "cache"), **environment}
    )


def check_json(path: Path, *arguments: object, cwd: Path) -> dict[str, Any]:
    """What `vlitqa check --json` says of one dataset."""
    done = vlitqa("check", path, "--json", *arguments, cwd=cwd)
    lines = done.stdout.splitlines()
    assert len(lines) == 1, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(lines[0])
    return found


class _CommandServer:
    """A process that forks itself for each command: it has loaded what commands load."""

    def __init__(self) -> None:
        program = Path(__file__).with_name("command_server.py")
        self._process = subprocess.Popen(
            [sys.executable, str(program)], env=_ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        atexit.register(self._process.kill)

    def run(self, arguments: list[str], *, cwd: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """The finished command; raises TimeoutExpired where it had to be ended."""
        assert self._process.stdin
        with TemporaryDirectory() as folder:
            outputs = {name: Path(folder, name) for name in ("stdout", "stderr")}
            for path in outputs.values():
                path.touch()
            request = {
                "arguments": arguments,
                "cwd": str(cwd),
                "cores": sorted(os.sched_getaffinity(0)),
                "environment": environment,
                **{name: str(path) for name, path in outputs.items()},
            }
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            timer = Timer(TIMEOUT, os.killpg, (self._number(), signal.SIGKILL))
            timer.start()
            code = self._number()
            timer.cancel()
            stdout, stderr = (path.read_bytes().decode().replace("\r\n", "\n") for path in outputs.values())
        return subprocess.CompletedProcess(["vlitqa", *arguments], code, stdout, stderr)

    def _number(self) -> int:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "the server of commands ended"
        return int(line)


@cache
def _server() -> _CommandServer:
    return _CommandServer()
