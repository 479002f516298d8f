"""Scores datasets, says which measurements failed, and draws the page of each run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from reports.quality import write_report
from vlitqa.reader import Dataset
from vlitqa.results import WENT_WRONG
from vlitqa.runs.exhibits import make_exhibits
from vlitqa.runs.finished import open_run
from vlitqa.runs.gallery import write_gallery
from vlitqa.runs.stored import read_column
from vlitqa.scoring.job import ScoreRequest
from vlitqa.scoring.score import ChooseEngine, RunPlace, ScoredDataset, Watch, score_datasets

_MOST_FAILURES = 5
"""Failed measurements that are named of many."""


def score_and_draw(
    datasets: Sequence[Dataset], request: ScoreRequest, place: RunPlace, choose: ChooseEngine, watch: Watch
) -> Iterator[ScoredDataset]:
    """Scores datasets together, each into its run folder with its page; yields each when it is done."""
    for scored in score_datasets(datasets, request, place, choose, watch):
        _tell_failures(scored, place.tell)
        place.tell(f"Page: {_draw_new_run(scored)}")
        yield scored


def _draw_new_run(scored: ScoredDataset) -> Path:
    """Chooses the rows to show of a run that was just scored, keeps them in it, and draws its page."""
    run = open_run(scored.folder)
    write_gallery(scored.folder, make_exhibits(run, scored.dataset))
    return write_report(run)


def _tell_failures(scored: ScoredDataset, tell: Callable[[str], None]) -> None:
    """Names the metric, the row and the reason of the first failed measurements of a run."""
    if not scored.card.failed:
        return
    left = _MOST_FAILURES
    for metric in (of_metric.metric for of_metric in scored.card.scored):
        columns = (read_column(scored.folder, metric, name) for name in ("row", "status", "reason"))
        for row, status, reason in zip(*columns, strict=True):
            if status in WENT_WRONG and left:
                left -= 1
                tell(f"{scored.dataset.name}, row {row}: {metric} failed: {reason}")
