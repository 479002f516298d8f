"""Remarkable rows of a run: the worst by each metric, borderline and disputed ones, copies, and some at random."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from vlitqa.algorithms.shuffle_key import shuffle_key
from vlitqa.catalogue import better, voting_metrics
from vlitqa.results import Measurement
from vlitqa.results.findings import copy_groups
from vlitqa.runs.finished import FinishedRun

WORST, BORDERLINE, RANDOM, DISPUTED, COPY = "worst", "borderline", "random", "votes differ", "copies"
DRAWN = 100
"""Rows that are drawn at random, to compare the remarkable ones with."""
_COUNTS = {WORST: 24, BORDERLINE: 8, DISPUTED: 24}
_ROWS_PER_CODE = 8
COPY_GROUPS, ROWS_PER_GROUP = 12, 4
"""Groups of copies, and rows of each, that are shown side by side."""
_BORDER_QUANTILE = 0.25
"""The quantile that borderline rows lie around, as in the review's rules of selection."""


def remarkable_rows(run: FinishedRun, drawn: int = DRAWN) -> dict[int, list[str]]:
    """Chooses the rows of a run that a reader should see, with the reasons of each."""
    reasons = _Reasons(run.card.seed)
    reasons.draw(RANDOM, run.rows, drawn)
    for metric in run.metrics:
        values = run.value_of_row(metric)
        reasons.rank(metric, [(row, value) for row, value in values.items() if value is not None])
        if metric in voting_metrics():
            disputed = [one.place.row for one in run.measurements(metric) if _is_disputed(one)]
            reasons.draw(DISPUTED, disputed, _COUNTS[DISPUTED])
        for fault in run.faulty.get(metric, ()):
            reasons.add_code(fault.row, fault.code)
    for group in copy_groups(fault for faulty in run.faulty.values() for fault in faulty)[:COPY_GROUPS]:
        for row in (group.first, *group.copies)[:ROWS_PER_GROUP]:
            reasons.by_row[row].append(COPY)
    return {row: list(dict.fromkeys(row_reasons)) for row, row_reasons in sorted(reasons.by_row.items())}


class _Reasons:
    """The reasons to show a row, by row."""

    def __init__(self, seed: int) -> None:
        self.by_row: defaultdict[int, list[str]] = defaultdict(list)
        self._seed = seed
        self._rows_with_code: defaultdict[str, int] = defaultdict(int)

    def rank(self, metric: str, values: Sequence[tuple[int, float]]) -> None:
        """Shows the worst rows and those around a quarter, if rows differ and one direction is worse."""
        sign = {"up": 1.0, "down": -1.0, "none": 0.0}[better(metric)]
        ranked = sorted((sign * value, self._shuffle_key(row), row) for row, value in values)
        if not ranked or ranked[0][0] == ranked[-1][0]:
            return
        rows = [row for *_, row in ranked]
        half, middle = _COUNTS[BORDERLINE] // 2, int(_BORDER_QUANTILE * len(rows))
        worst = min(_COUNTS[WORST], max(1, len(rows) // 5))
        for row in rows[:worst]:
            self.by_row[row].append(f"{WORST}: {metric}")
        for row in rows[max(worst, middle - half) : middle + half]:
            self.by_row[row].append(f"{BORDERLINE}: {metric}")

    def draw(self, reason: str, rows: Sequence[int], count: int) -> None:
        """Shows as many of the rows as asked for, drawn by the seed."""
        for row in sorted(rows, key=self._shuffle_key)[:count]:
            self.by_row[row].append(reason)

    def add_code(self, row: int, code: str) -> None:
        """Shows a row for a fault that few rows are shown for yet."""
        self._rows_with_code[code] += 1
        if self._rows_with_code[code] <= _ROWS_PER_CODE:
            self.by_row[row].append(code)

    def _shuffle_key(self, row: int) -> bytes:
        return shuffle_key("gallery", self._seed, row)


def _is_disputed(measured: Measurement) -> bool:
    """True if the votes on one of its turns differ."""
    return any(turn["agreed"] not in (None, 1) for turn in measured.evidence.get("turns", ()))
