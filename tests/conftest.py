"""What several tests begin with."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


@pytest.fixture
def drawings(tmp_path: Path) -> Path:
    """A copy of the example dataset with its images."""
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    return tmp_path / "examples" / "drawings.jsonl"
