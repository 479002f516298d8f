"""A signal stops a command wherever it meets it, and the exit code says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from vlitqa.cli.stopping import INTERRUPTED

HEAD = """
import os, signal, sys, time
from vlitqa.cli.stopping import INTERRUPTED, stoppable
def interrupt(): os.kill(os.getpid(), signal.{name})
class Leaving:
    def __del__(self):
        interrupt()
        for _ in range(1000): pass
try:
    with stoppable():
        {place}
        time.sleep(20)
except KeyboardInterrupt:
    sys.exit(INTERRUPTED)
"""
PLACES = {
    "in a call": "interrupt()",
    "in a text that is executed": "exec('interrupt()')",
    "while an object is taken away": "Leaving()",
}


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("place", PLACES)
def test_a_signal_stops_a_command_in_any_place(tmp_path: Path, place: str, name: str) -> None:
    restored = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    program = restored + HEAD.format(name=name, place=PLACES[place])
    (tmp_path / "program.py").write_text(program)
    command = [sys.executable, "-m", "program"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (INTERRUPTED, "")


def test_ctrl_c_that_a_shell_ignores_stays_ignored() -> None:
    program = (
        "import os, signal\nfrom vlitqa.cli.stopping import stoppable\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "with stoppable(): os.kill(os.getpid(), signal.SIGINT)\nprint('on')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "on\n")


LATE = """
import os, signal, time
from vlitqa.cli.stopping import stoppable
class Leaving:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        for _ in range(1000): pass
with stoppable():
    Leaving()
time.sleep(0.1)
print("ended")
"""


def test_a_signal_too_late_to_stop_anything_changes_no_exit_code() -> None:
    done = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "ended\n")
