"""Published tables beside the values that follow from the papers' own numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass

from evaluators.agreement import published
from evaluators.agreement.comparison_statistics import compute_statistics
from evaluators.agreement.review_comparison import review_comparison
from vlitqa.results.comparison import ComparisonStatistics

_SAME_ICC, _SAME_R, _SAME_TOTAL = 0.00006, 0.06, 0.051
"""Differences that rounding explains: of four decimals; of r among four datasets whose numbers have three digits; of
ten sums."""


@dataclass(frozen=True, slots=True)
class ReproducedNumber:
    """One printed number of a paper, and the value that we get."""

    table: str
    row: str
    column: str
    _: KW_ONLY
    printed: float
    ours: float | None
    within: float
    """The largest difference that rounding explains."""
    otherwise: str
    """The remark to print where the numbers do not agree."""

    @property
    def agrees(self) -> bool:
        """True if our value differs by no more than rounding explains."""
        return self.ours is not None and abs(self.ours - self.printed) < self.within

    @property
    def note(self) -> str:
        """The remark to print; empty where the numbers agree."""
        return "" if self.agrees else self.otherwise


def review() -> list[ReproducedNumber]:
    """The agreement columns of the review's table 4, from its table 3; and its table 15, from 3 and 4."""
    statistics = compute_statistics(review_comparison())
    return [*_agreements(statistics), *_correlations(statistics)]


def imagebind_llm() -> list[ReproducedNumber]:
    """The totals of both tables of MME, from their rows."""
    perception = _totals("Table 3", "Perception", published.PERCEPTION_SCORES, published.PERCEPTION_TOTALS)
    return [*perception, *_totals("Table 4", "Cognition", published.COGNITION_SCORES, published.COGNITION_TOTALS)]


def _agreements(statistics: ComparisonStatistics) -> Iterator[ReproducedNumber]:
    for dataset, printed in zip(published.REVIEW_DATASETS, published.TABLE_4_ICC, strict=True):
        forms = statistics.agreement_of_models[dataset].agreement
        values = {agreement.form: agreement.value for agreement in forms}
        for column, form, value in zip(("SM", "AM"), ("ICC(C,1)", "ICC(C,k)"), printed, strict=True):
            yield ReproducedNumber(
                "Table 4",
                dataset,
                f"{column} = {form}",
                printed=value,
                ours=values[form],
                within=_SAME_ICC,
                otherwise="does not follow from the row of table 3: a misprint in one of the tables",
            )


def _correlations(statistics: ComparisonStatistics) -> Iterator[ReproducedNumber]:
    pearson = (pair for pair in statistics.correlations if pair.method == "pearson")
    ours = {(pair.first, pair.second): pair.value for pair in pearson}
    for indicator, row in published.TABLE_15.items():
        for exam, (printed, _) in zip(published.REVIEW_EXAMS, row, strict=True):
            yield ReproducedNumber(
                "Table 15",
                indicator,
                exam,
                printed=printed,
                ours=ours.get((indicator, exam)),
                within=_SAME_R,
                otherwise=_why_not(indicator),
            )


def _why_not(indicator: str) -> str:
    if indicator in published.ILLEGIBLE:
        return f"{published.ILLEGIBLE[indicator]}: its column of table 4 is not legible in our copy"
    return "further off than rounding explains"


def _totals(
    table: str, column: str, rows: Mapping[str, Sequence[float]], totals: Sequence[float]
) -> Iterator[ReproducedNumber]:
    for place, (model, printed) in enumerate(zip(published.MME_MODELS, totals, strict=True)):
        yield ReproducedNumber(
            table,
            model,
            column,
            printed=printed,
            ours=sum(scores[place] for scores in rows.values()),
            within=_SAME_TOTAL,
            otherwise="is not the sum of its rows",
        )
