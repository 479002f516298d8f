"""Sections of a page that once said something else than a run had found."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from reports.blocks import Prose
from reports.chart_blocks import Histogram
from reports.charts import describe_histogram, draw_chart
from reports.sections import explorer, tasks
from reports.sections.metrics import bins_of
from reports.twins import twin
from tests.given.runs import bare_run
from vlitqa.algorithms.words import first_words
from vlitqa.backends.taggers.phrases import PhraseTagger
from vlitqa.metrics.tasks import Tasks
from vlitqa.records import Record, Turn
from vlitqa.results import Scored, Status, Summary
from vlitqa.runs.finished import FinishedRun
from vlitqa.runs.gallery import Exhibit

CHINESE = "\u56fe\u4e2d\u662f\u4ec0\u4e48\uff1f"


def test_bins_of_whole_numbers_have_no_gaps() -> None:
    bins = bins_of(np.array([3.0, 3, 4, 5, 6, 6, 6]))
    assert bins is not None
    assert bins.counts == (2, 1, 1, 3)
    assert twin(Histogram("turns", bins)).rows == ((3, 3, 2), (4, 4, 1), (5, 5, 1), (6, 6, 3))
    assert describe_histogram(bins) == "7 values from 3 to 6, most of them 6"
    assert "6: 3" in [shape.text for shape in draw_chart(Histogram("turns", bins)).shapes]
    wide = bins_of(np.arange(240.0))
    assert wide is not None
    assert set(wide.counts) == {10}, "each bin holds ten numbers"


def test_the_first_words_of_a_text_without_spaces_are_its_first_parts() -> None:
    assert first_words("What Is  the colour?", 3) == "what is the"
    assert first_words(CHINESE, 3) == CHINESE[:3]
    assert first_words(f"Describe {CHINESE[:2]} in detail", 3) == f"describe {CHINESE[:2]}"
    assert first_words(f"{CHINESE[0]} describe the image", 3) == f"{CHINESE[0]} describe the"


@pytest.mark.parametrize(("text", "status"), [(CHINESE, Status.NOT_APPLICABLE), ("Hm?", Status.OK)])
def test_a_record_in_a_script_that_the_tagger_does_not_read_has_no_number_of_tasks(text: str, status: Status) -> None:
    tools: Any = SimpleNamespace(tagger=PhraseTagger())
    (measurement,) = Tasks().measure([Record((Turn(text, "A lake."),))], tools)
    assert measurement.status is status
    assert measurement.value == (None if status is Status.NOT_APPLICABLE else 0)


def exhibit(number: int) -> Exhibit:
    return Exhibit(row=number, record="", why=(), turns=(), task="the dataset's own", pictures=(), left_out="")


def labelled_run(*labels: tuple[str, ...]) -> FinishedRun:
    """A run whose rows have one turn each, with these labels; without any, tasks were not measured."""
    run = bare_run(Path("a"), [Scored("tasks", {"tools": {"tagger": "phrases 1, textblob"}}, Summary())])
    vars(run)["labels"] = {"tasks": {number: [of_row] for number, of_row in enumerate(labels)}} if labels else {}
    return run


def test_the_filter_of_samples_knows_all_labels_of_a_row_and_none_of_the_datasets_own() -> None:
    run = labelled_run(("a", "b", "c", "d"), (), ("a",))
    assert [explorer.tasks_of_row(run, exhibit(number)) for number in (0, 1)] == [("a", "b", "c", "d"), ()]
    assert explorer.tasks_of_row(labelled_run(), exhibit(0)) == ("the dataset's own",)


def test_the_number_of_labels_stands_with_that_of_the_instructions_that_have_one() -> None:
    sentence = next(
        block.text for block in tasks.build(labelled_run(("a", "b", "c", "d"), (), ("a",))) if isinstance(block, Prose)
    )
    assert sentence.startswith("4 labels on 2 of 3 instructions.")
    assert "the tagger (phrases)" in sentence
