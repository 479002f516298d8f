"""Modules that lie beside downloaded data are never run, whatever they are called."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.given.rows import GOOD, written
from tests.given.run_cli import LIGHT, TIMEOUT, vlitqa

pytestmark = pytest.mark.slow

NAMES = ("json", "torch", "numpy", "rich", "pickle", "socket", "multiprocessing", "orjson", "evaluators", "reports")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A dataset beside modules that would leave a file behind if they were run."""
    written(tmp_path / "data.jsonl", *({**GOOD, "id": str(number)} for number in range(20)))
    for name in NAMES:
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'RUN')!r}, 'a').write({name!r} + ' ')\n")
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [("check", "data.jsonl"), ("score", *LIGHT, "data.jsonl", "--engine", "processes", "--workers", "2"), ("doctor",)],
    ids=lambda arguments: arguments[0],
)
def test_a_module_in_the_working_folder_is_not_run(arguments: tuple[str, ...], folder: Path) -> None:
    done = vlitqa(*arguments, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert not (folder / "RUN").exists(), (folder / "RUN").read_text()


def test_the_installed_command_lets_no_worker_run_one(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A worker begins as `python -c`, which looks into the working folder too."""
    script = tmp_path_factory.mktemp("bin") / "installed"
    script.write_text("from vlitqa.cli import main\nif __name__ == '__main__':\n    main()\n")
    arguments = ("score", *LIGHT, "data.jsonl", "--engine", "processes", "--workers", "2")
    done = subprocess.run(
        [sys.executable, script, *arguments], cwd=folder, capture_output=True, text=True, timeout=TIMEOUT, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not (folder / "RUN").exists(), (folder / "RUN").read_text()
