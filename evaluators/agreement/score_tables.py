"""Tables of scores that users have: ratings of targets by raters, or the quality and exams of each dataset."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluators.agreement.correlation import Column
from evaluators.agreement.csv_table import CsvTable, read_csv_table
from vlitqa.algorithms.arrays import Floats
from vlitqa.errors import UsageError

_RATING = ("target", "rater", "score")
_QUALITY, _EXAM = "quality:", "exam:"
"""Beginnings of the headings of both kinds of columns."""


@dataclass(frozen=True, slots=True)
class Ratings:
    """The scores that every rater gave to every target."""

    targets: tuple[str, ...]
    raters: tuple[str, ...]
    scores: Floats
    """# (targets, raters)"""


@dataclass(frozen=True, slots=True)
class DatasetScores:
    """One row for each dataset: its quality, and the exams of models that learned from it."""

    datasets: tuple[str, ...]
    quality: tuple[Column, ...]
    exams: tuple[Column, ...]


def read_score_table(path: Path, quality: Sequence[str] = (), exams: Sequence[str] = ()) -> Ratings | DatasetScores:
    """Reads ratings by their three headings, any other table by the columns that are named or whose headings say it."""
    table = read_csv_table(path)
    if set(_RATING) <= {heading.lower() for heading in table.headings}:
        return _ratings(table.with_lower_case_headings())
    return _dataset_scores(table, (quality, exams))


def _ratings(table: CsvTable) -> Ratings:
    scores: dict[tuple[str, str], float] = {}
    columns = (table.lines, table.texts("target"), table.texts("rater"), table.numbers("score"))
    for line, target, rater, score in zip(*columns, strict=True):
        if (target, rater) in scores:
            raise UsageError(
                f"{table.where(line)}: a second score of {target!r} by {rater!r}.",
                repair="Keep one, or take their mean.",
            )
        scores[target, rater] = score
    targets = tuple(dict.fromkeys(target for target, _ in scores))
    raters = tuple(dict.fromkeys(rater for _, rater in scores))
    _refuse_gaps(table.path, [(t, r) for t in targets for r in raters if math.isnan(scores.get((t, r), math.nan))])
    return Ratings(targets, raters, np.array([[scores[target, rater] for rater in raters] for target in targets]))


def _refuse_gaps(path: Path, gaps: list[tuple[str, str]]) -> None:
    if gaps:
        target, rater = gaps[0]
        more = f", and so many more: {len(gaps) - 1}" if len(gaps) > 1 else ""
        raise UsageError(
            f"{path}: {rater!r} has no score of {target!r}{more}.",
            repair="Leave out the target or the rater: agreement needs a score of each by each.",
        )


def _dataset_scores(table: CsvTable, named: tuple[Sequence[str], Sequence[str]]) -> DatasetScores:
    headings, chosen = table.headings, []
    for names, prefix in zip(named, (_QUALITY, _EXAM), strict=True):
        if unknown := [name for name in names if name not in headings]:
            raise UsageError(
                f"{table.path} has no column {unknown[0]!r}.", repair=f"Its columns are {', '.join(headings)}."
            )
        chosen.append([*names] or [heading for heading in headings if heading.startswith(prefix)])
    if not all(chosen):
        raise UsageError(
            f"{table.path} does not say which columns are the quality of data and which are exams.",
            repair=f"Begin their headings with `{_QUALITY}` and `{_EXAM}`, or name them: --quality MD,ID "
            f"--exams SEED,MME. A table of ratings has the columns {', '.join(_RATING)}.",
        )
    quality, exams = (
        tuple(Column(name.removeprefix(prefix), np.array(table.numbers(name))) for name in names)
        for names, prefix in zip(chosen, (_QUALITY, _EXAM), strict=True)
    )
    label = next((name for name in headings if name not in (*chosen[0], *chosen[1])), None)
    datasets = [f"row {number}" for number in range(1, len(table.rows) + 1)] if label is None else table.texts(label)
    return DatasetScores(tuple(datasets), quality, exams)
