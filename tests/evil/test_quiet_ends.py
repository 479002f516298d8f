"""A command that did less than it was asked for says so, and one that did all of it does not end as if it had not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.given.rows import GOOD, written
from tests.given.run_cli import LIGHT, vlitqa

pytestmark = pytest.mark.slow


def test_a_dataset_that_is_named_twice_is_scored_once_and_well(tmp_path: Path) -> None:
    dataset = written(tmp_path / "data.jsonl", GOOD)
    done = vlitqa("score", dataset, dataset, *LIGHT, cwd=tmp_path)
    assert (done.returncode, done.stdout.count("Page:") + done.stderr.count("Page:")) == (0, 1)
    assert len(list((tmp_path / "runs").iterdir())) == 1
