"""Notices of what a run lost: they stand before everything else of it."""

from __future__ import annotations

from collections.abc import Sequence

from reports.blocks import Notice
from vlitqa.algorithms.counted import counted
from vlitqa.results.faults import ERROR
from vlitqa.runs.finished import FinishedRun


def losses_of(run: FinishedRun) -> Sequence[Notice]:
    """The rows that were not read, and the measurements that failed."""
    notices = []
    if run.card.cut_off:
        notices.append(Notice("The file is cut off or damaged: not all of its rows were read.", ERROR))
    if run.card.failed:
        failed = counted(run.card.failed, "measurement")
        notices.append(Notice(f"{failed} failed: see what is left out below.", ERROR))
    return notices
