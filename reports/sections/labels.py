"""What people said of the rows: quality, causes and characteristics by TextBind's guideline, and how far they agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reports.blocks import Block, Grid, Prose
from reports.label_words import (
    ROUND_COLUMNS,
    describe_alpha,
    describe_equal_pairs,
    describe_pool,
    describe_share,
    line_of_round,
)
from vlitqa.algorithms.counted import counted
from vlitqa.results.annotation import CAUSES, CHARACTERISTICS, QUALITIES, AnnotationReport, ItemShare
from vlitqa.runs.finished import FinishedRun

title = "What annotators say"


def build(run: FinishedRun) -> Sequence[Block]:
    """The labels of the last round, and all rounds side by side; nothing for rows that nobody labelled."""
    if run.annotation is None:
        return []
    rounds = run.annotation.rounds
    last = rounds[-1]
    blocks: list[Block] = [
        Prose(_summary(last)),
        _shares("quality", last.qualities, "Of the rows with a quality."),
        _shares("why rows are poor", last.causes, "Of the rows with a quality, as TextBind's Table 5 counts them."),
        _shares("characteristics", last.characteristics, "Of the rows that are not poor; a row may have several."),
        _agreement(last),
    ]
    if len(rounds) > 1:
        blocks.append(Grid("rounds of labelling", ROUND_COLUMNS, tuple(map(line_of_round, rounds))))
    blocks.append(Prose(f"For the next build: {describe_pool(run.annotation.pool)}."))
    return blocks


def _summary(report: AnnotationReport) -> str:
    people = counted(sum(count > 0 for count in report.by_annotator.values()), "annotator")
    open_items = report.items - report.labelled
    lacking = f" {counted(open_items, 'row')} still lack labels." if open_items else ""
    disputed = f" {counted(report.disputed, 'row')} are still to be decided." if report.disputed else ""
    return f"{people} gave {counted(report.labels, 'label')} to {counted(report.items, 'row')}.{lacking}{disputed}"


def _shares(name: str, shares: Mapping[str, ItemShare], note: str) -> Grid:
    """Shares in the order of the guideline, however a file has them."""
    kinds = (kind for kind in (*QUALITIES, *CAUSES, *CHARACTERISTICS) if kind in shares)
    rows = tuple((kind, shares[kind].items, describe_share(shares[kind])) for kind in kinds)
    return Grid(name, ("", "rows", "share, with Wilson's interval"), rows, note)


def _agreement(report: AnnotationReport) -> Grid:
    rows = tuple((figure.name, describe_alpha(figure), describe_equal_pairs(figure)) for figure in report.agreement)
    note = (
        "Krippendorff's alpha: 1 is full agreement, 0 that of chance. Equal pairs mislead where one label is frequent."
    )
    return Grid("agreement of people", ("", "alpha", "equal pairs"), rows, note)
