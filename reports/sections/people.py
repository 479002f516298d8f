"""The verdicts of people on responses, and which metrics tell the same."""

from __future__ import annotations

from collections.abc import Sequence

from reports.blocks import Block, Prose
from reports.cells import grid_of
from reports.people_tables import describe_verdicts, tables_of_people
from vlitqa.runs.finished import FinishedRun

title = "People"
_ABOUT_AREAS = (
    "How often the row of a correct response has a better value of a metric than the row of an incorrect one (the area "
    "under the ROC curve): 0.5 is chance. A threshold of a metric near 1 removes rows with an incorrect response and "
    "few others; one whose interval covers 0.5 says nothing about them. An interval takes correct responses of eight "
    "images and incorrect ones of eight."
)
_FEW = "No metric is held against them: that takes eight correct and eight incorrect responses in rows with a value."


def build(run: FinishedRun) -> Sequence[Block]:
    """The share that people call correct, the metrics held against their verdicts, and the errors; none without any."""
    people = run.card.people
    if people is None:
        return []
    grids = [grid_of(table, table.title) for table in tables_of_people(people)]
    return [Prose(describe_verdicts(people)), Prose(_ABOUT_AREAS if people.separations else _FEW), *grids]
