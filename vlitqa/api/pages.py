"""The page of a run that was just scored."""

from __future__ import annotations

from pathlib import Path

from reports.quality import write_report
from vlitqa.reader import Dataset
from vlitqa.runs.exhibits import make_exhibits
from vlitqa.runs.finished import open_run
from vlitqa.runs.gallery import write_gallery


def draw_new_run(folder: Path, dataset: Dataset) -> Path:
    """Chooses the rows to show of a run that was just scored, keeps them in it, and draws its page."""
    run = open_run(folder)
    write_gallery(folder, make_exhibits(run, dataset))
    return write_report(run)
