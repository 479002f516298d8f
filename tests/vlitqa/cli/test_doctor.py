"""`vlitqa doctor` shows what this process may use."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.given.run_cli import vlitqa

pytestmark = pytest.mark.slow


def test_the_cores_are_those_that_the_process_may_use(tmp_path: Path) -> None:
    cores = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(cores)})
        done = vlitqa("doctor", "--json", cwd=tmp_path)
    finally:
        os.sched_setaffinity(0, cores)
    assert json.loads(done.stdout)["cores"] == 1
