"""A scorecard has the same bytes, whatever the number of threads: scores do not depend on the cores of a machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.given.run_cli import vlitqa
from vlitqa.engines.threads import COUNTS

pytestmark = pytest.mark.model

DATASET = Path(__file__).resolve().parents[2] / "examples" / "shapes" / "dataset.jsonl"
FILES = ("scorecard.json", "measurements.parquet", "labels.parquet", "findings.parquet")


def test_one_and_four_threads_write_the_same_bytes(tmp_path: Path) -> None:
    pytest.importorskip("open_clip", reason="pip install 'vlitqa[models]'")

    def files(threads: int) -> list[bytes]:
        folder = tmp_path / str(threads)
        folder.mkdir()
        settings = dict.fromkeys(COUNTS, str(threads))
        done = vlitqa("score", DATASET, "--limit", "8", "--engine", "serial", cwd=folder, **settings)
        assert done.returncode == 0, done.stderr
        (run,) = folder.glob("runs/*/run.json")
        return [(run.parent / name).read_bytes() for name in FILES]

    alone = files(1)
    assert len(alone[1]) > 1000
    assert files(4) == alone
