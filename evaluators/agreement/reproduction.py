"""What published tables say beside what follows from their own numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evaluators.agreement import published
from evaluators.agreement.correlation import Column, correlations
from evaluators.agreement.icc import agreement

_SAME_ICC, _SAME_R, _SAME_TOTAL = 0.00006, 0.06, 0.051
"""What rounding explains: of four decimals; of r among four datasets whose numbers have three digits; of ten sums."""


@dataclass(frozen=True, slots=True)
class Check:
    """One printed number and what we get."""

    table: str
    row: str
    column: str
    printed: float
    ours: float | None
    within: float
    """How far off rounding may bring it."""
    otherwise: str
    """What is to be said where it does not agree."""

    @property
    def agrees(self) -> bool:
        return self.ours is not None and abs(self.ours - self.printed) < self.within

    @property
    def note(self) -> str:
        return "" if self.agrees else self.otherwise


def review() -> list[Check]:
    """The agreement columns of the review's table 4, from its table 3; and its table 15, from 3 and 4."""
    return [*_agreements(), *_correlations()]


def imagebind_llm() -> list[Check]:
    """The totals of both tables of MME, from their rows."""
    perception = _totals("Table 3", "Perception", published.PERCEPTION, published.PERCEPTION_TOTALS)
    return [*perception, *_totals("Table 4", "Cognition", published.COGNITION, published.COGNITION_TOTALS)]


def _agreements() -> list[Check]:
    checks = []
    for at, (dataset, printed) in enumerate(zip(published.DATASETS, published.TABLE_4_ICC, strict=True)):
        scores = np.array([rows[at] for rows in published.TABLE_3.values()]).T  # (exams, models)
        found = {each.form: each.value for each in agreement(scores)}
        for column, form, value in zip(("SM", "AM"), ("ICC(C,1)", "ICC(C,k)"), printed, strict=True):
            note = "does not follow from the row of table 3: a misprint in one of the tables"
            checks.append(Check("Table 4", dataset, f"{column} = {form}", value, found[form], _SAME_ICC, note))
    return checks


def _correlations() -> list[Check]:
    mean = np.mean([np.array(rows) for rows in published.TABLE_3.values()], axis=0)  # (datasets, exams)
    exams = [Column(name, mean[:, at]) for at, name in enumerate(published.EXAMS)]
    ours = {}
    for name, values in published.TABLE_4.items():
        found = correlations(published.DATASETS, [Column(name, np.array(values))], exams, "pearson")
        ours.update({(name, each.second): each.value for each in found})
    checks = []
    for indicator, row in published.TABLE_15.items():
        for exam, (printed, _) in zip(published.EXAMS, row, strict=True):
            value = ours.get((indicator, exam))
            lost = f"{published.NOT_TYPED.get(indicator)}: its column of table 4 is not legible in our copy"
            note = lost if value is None else "further off than rounding explains"
            checks.append(Check("Table 15", indicator, exam, printed, value, _SAME_R, note))
    return checks


def _totals(table: str, name: str, rows: Mapping[str, Sequence[float]], totals: Sequence[float]) -> list[Check]:
    checks = []
    for at, (model, printed) in enumerate(zip(published.MME_MODELS, totals, strict=True)):
        ours = sum(row[at] for row in rows.values())
        checks.append(Check(table, model, name, printed, ours, _SAME_TOTAL, "is not the sum of its rows"))
    return checks
