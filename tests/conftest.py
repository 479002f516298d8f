"""What every test begins with: one thread, no file that its marks leave out, and a copy of the example."""

from __future__ import annotations

import gc
import os
import re
import shutil
from pathlib import Path

import pytest

from tests.given.command_server import WITHOUT_MODELS
from vlitqa.engines.threads import COUNTS, WAITING

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def pytest_configure(config: pytest.Config) -> None:
    """Gives each test worker, and all that it starts, one thread; speed is measured with those that a user has."""
    if config.option.markexpr != "speed":
        for name, value in {**dict.fromkeys(COUNTS, "1"), **WAITING}.items():
            os.environ.setdefault(name, value)
    if re.fullmatch(r"not \(.*\bmodel\b.*\)", config.option.markexpr):
        os.environ[WITHOUT_MODELS] = "1"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leaves a file unread whose one mark for all its tests `-m 'not ...'` leaves out: reading it may load torch."""
    left_out = re.fullmatch(r"not \(?([\w ]+)\)?", config.option.markexpr)
    if left_out and collection_path.suffix == ".py":
        text = collection_path.read_text(encoding="utf-8")
        mark = re.search(r"^pytestmark = \[?\s*pytest\.mark\.(\w+)", text, re.MULTILINE)
        if mark and mark[1] in left_out[1].split(" or "):
            return True
    return None  # others may still leave it out


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts what takes long first, so that at the end no worker waits for another."""
    items.sort(key=lambda item: not any(map(item.get_closest_marker, ("slow", "model", "browser", "cluster"))))


def pytest_collection_finish() -> None:
    """Leaves what was read so far out of every collection of garbage: it stays until the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def drawings(tmp_path: Path) -> Path:
    """A copy of the example dataset with its images."""
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    return tmp_path / "examples" / "drawings.jsonl"
