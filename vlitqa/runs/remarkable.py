"""Which rows of a run a reader should see: the worst by each metric, borderline and disputed ones, and any drawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from vlitqa.algorithms.shuffle_key import shuffle_key
from vlitqa.catalogue import better
from vlitqa.metrics.copies import groups_of
from vlitqa.results import Measurement
from vlitqa.runs.finished import FinishedRun

WORST, BORDERLINE, RANDOM, DISPUTED, COPY = "worst", "borderline", "random", "judges disagree", "copies"
_WITH_VOTES = ("accuracy",)
DRAWN = 100
"""Rows that are shown whatever they are, to compare the remarkable ones with."""
_COUNTS = {WORST: 24, BORDERLINE: 8, DISPUTED: 24}
_ROWS_PER_CODE = 8
GROUPS, BESIDE = 12, 4
"""Groups of copies, and rows of each, that are shown one beside the other."""
_EDGE = 0.25
"""The quantile that borderline rows lie around, as in the review's rules of selection."""


def remarkable_rows(run: FinishedRun, drawn: int = DRAWN) -> dict[int, list[str]]:
    """The rows of a run that should be seen, each with the reasons why."""
    reasons = _Reasons(run.card.seed)
    reasons.draw(RANDOM, run.rows, drawn)
    for metric in run.metrics:
        values = run.value_of_row(metric)
        reasons.rank(metric, [(row, value) for row, value in values.items() if value is not None])
        if metric in _WITH_VOTES:
            disputed = [one.place.row for one in run.measurements(metric) if _is_disputed(one)]
            reasons.draw(DISPUTED, disputed, _COUNTS[DISPUTED])
        for row, codes in run.codes.get(metric, {}).items():
            reasons.add_codes(row, codes)
    for group in groups_of(run.labels.get("duplicates", {}))[:GROUPS]:
        for row in (group.first, *group.copies)[:BESIDE]:
            reasons.by_row[row].append(COPY)
    return {row: list(dict.fromkeys(why)) for row, why in sorted(reasons.by_row.items())}


class _Reasons:
    """By row, why it is shown."""

    def __init__(self, seed: int) -> None:
        self.by_row: defaultdict[int, list[str]] = defaultdict(list)
        self._seed = seed
        self._rows_with_code: defaultdict[str, int] = defaultdict(int)

    def rank(self, metric: str, values: Sequence[tuple[int, float]]) -> None:
        """The worst rows and those around a quarter, where rows differ and one direction is worse."""
        sign = {"up": 1.0, "down": -1.0, "none": 0.0}[better(metric)]
        ranked = sorted((sign * value, self._shuffle_key(row), row) for row, value in values)
        if not ranked or ranked[0][0] == ranked[-1][0]:
            return
        rows = [row for *_, row in ranked]
        half, middle = _COUNTS[BORDERLINE] // 2, int(_EDGE * len(rows))
        worst = min(_COUNTS[WORST], max(1, len(rows) // 5))
        for row in rows[:worst]:
            self.by_row[row].append(f"{WORST}: {metric}")
        for row in rows[max(worst, middle - half) : middle + half]:
            self.by_row[row].append(f"{BORDERLINE}: {metric}")

    def draw(self, why: str, rows: Sequence[int], count: int) -> None:
        """Shows so many of some rows, drawn by the seed."""
        for row in sorted(rows, key=self._shuffle_key)[:count]:
            self.by_row[row].append(why)

    def add_codes(self, row: int, codes: Sequence[str]) -> None:
        """Shows a row for each of its codes of which few rows are shown yet."""
        for code in codes:
            self._rows_with_code[code] += 1
            if self._rows_with_code[code] <= _ROWS_PER_CODE:
                self.by_row[row].append(code)

    def _shuffle_key(self, row: int) -> bytes:
        return shuffle_key("gallery", self._seed, row)


def _is_disputed(measured: Measurement) -> bool:
    """True if the votes on one of its turns differ."""
    return any(turn["agreed"] == 0 for turn in measured.evidence.get("turns", ()))
