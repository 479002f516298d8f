"""The notebook of first steps runs from beginning to end."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.given.run_cli import TIMEOUT

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


@pytest.mark.model
def test_the_notebook_of_first_steps_runs_and_shows_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("open_clip", reason="pip install 'vlitqa[models]'")
    monkeypatch.setenv("VLITQA_CACHE", str(tmp_path / "cache"))
    shutil.copytree(EXAMPLES / "shapes", tmp_path / "shapes")
    notebook = nbformat.read(EXAMPLES / "first_steps.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "outputs are made anew by who reads it"
    NotebookClient(notebook, timeout=TIMEOUT, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    shown = [output.data.get("text/html", output.data.get("text/plain", "")) for output in outputs if "data" in output]
    assert "240 rows, 240 records, 0 rejected" in shown[0]
    assert "correctness" in shown[1]
    assert any("image_missing" in text and "empty_response" in text for text in shown)
    assert list(tmp_path.glob("runs/*/report.html"))
