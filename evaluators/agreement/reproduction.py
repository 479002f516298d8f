"""Published tables beside the values that follow from the papers' own numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass

from evaluators.agreement import published
from evaluators.agreement.comparison_statistics import compute_statistics
from evaluators.agreement.review_comparison import review_comparison
from evaluators.agreement.rounded_correlation import correlation_range
from vlitqa.results.comparison import ComparisonStatistics

_SAME_ICC = 0.00006
"""The difference that rounding to four decimals explains."""
_HALF_DIGIT, _HALF_DIGIT_OF_R, _HALF_DIGIT_OF_PARTS = 0.05, 0.0005, 0.005
"""Half of the last digit of the review's tables 3 and 4, of its table 15, and of sums and their parts."""
_HALF_CONVERSATION = 0.005
"""Half of one of TextBind's 100 conversations: shares of them were not rounded."""


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
    """The largest difference that rounding explains, on the side on which the printed number lies."""
    otherwise: str
    """The remark to print where the numbers do not agree."""
    interval: tuple[float, float] | None = None
    """The 95 % interval of our value; None of a sum, which is no estimate."""

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


def textbind() -> list[ReproducedNumber]:
    """The means of table 3 that are sums of others, and the share of poor conversations from the errors of table 5."""
    counts = (
        ReproducedNumber(
            "Table 3", row, "number", printed=printed, ours=None, within=0.0, otherwise="follows from no other number"
        )
        for row, printed in published.TEXTBIND_COUNTS.items()
    )
    sums = (
        _sum(("Table 3", f"{unit} in a conversation", "mean"), whole, parts)
        for unit, (whole, *parts) in published.TEXTBIND_MEANS.items()
    )
    poor = ReproducedNumber(
        "Table 5",
        "poor conversations",
        "share",
        printed=published.TEXTBIND_POOR,
        ours=sum(published.TEXTBIND_ERRORS.values()),
        within=_HALF_CONVERSATION,
        otherwise="is not the sum of the errors: some conversations have several, or others",
    )
    return [*counts, *sums, poor]


def _agreements(statistics: ComparisonStatistics) -> Iterator[ReproducedNumber]:
    for dataset, printed in zip(published.REVIEW_DATASETS, published.TABLE_4_ICC, strict=True):
        forms = statistics.agreement_of_models[dataset].agreement
        by_form = {agreement.form: agreement for agreement in forms}
        for column, form, value in zip(("SM", "AM"), ("ICC(C,1)", "ICC(C,k)"), printed, strict=True):
            yield ReproducedNumber(
                "Table 4",
                dataset,
                f"{column} = {form}",
                printed=value,
                ours=by_form[form].value,
                within=_SAME_ICC,
                otherwise="does not follow from table 3: a misprint in one of the two",
                interval=by_form[form].interval,
            )


def _correlations(statistics: ComparisonStatistics) -> Iterator[ReproducedNumber]:
    pearson = (pair for pair in statistics.correlations if pair.method == "pearson")
    pairs = {(pair.first, pair.second): pair for pair in pearson}
    for indicator, row in published.TABLE_15.items():
        for exam, (printed, _) in zip(published.REVIEW_EXAMS, row, strict=True):
            value = pairs[indicator, exam].value
            yield ReproducedNumber(
                "Table 15",
                indicator,
                exam,
                printed=printed,
                ours=value,
                within=0.0 if value is None else _rounding_of_r(indicator, exam, value, printed),
                otherwise=_why_not(indicator),
                interval=pairs[indicator, exam].interval,
            )


def _rounding_of_r(indicator: str, exam: str, value: float, printed: float) -> float:
    """The furthest that rounding takes r to the side on which the printed number lies."""
    place = published.REVIEW_EXAMS.index(exam)
    rows = [[row[place] for row in table] for table in published.TABLE_3.values()]
    means = [sum(scores) / len(scores) for scores in zip(*rows, strict=True)]
    half_digit = 0.0 if indicator in published.WHOLE_NUMBERS else _HALF_DIGIT
    low, high = correlation_range(_legible(indicator), means, (half_digit, _HALF_DIGIT))
    return (high - value if printed > value else value - low) + _HALF_DIGIT_OF_R


def _why_not(indicator: str) -> str:
    column, legible = published.TABLE_4[indicator], _legible(indicator)
    if len(legible) < len(column):
        return f"its column of table 4 has {len(legible)} legible numbers of {len(column)} in our copy"
    return "further off than the rounding of tables 3 and 4 explains"


def _legible(indicator: str) -> list[float]:
    return [value for value in published.TABLE_4[indicator] if value is not None]


def _totals(
    table: str, column: str, rows: Mapping[str, Sequence[float]], totals: Sequence[float]
) -> Iterator[ReproducedNumber]:
    for place, (model, printed) in enumerate(zip(published.MME_MODELS, totals, strict=True)):
        yield _sum((table, model, column), printed, [scores[place] for scores in rows.values()])


def _sum(place: tuple[str, str, str], printed: float, parts: Sequence[float]) -> ReproducedNumber:
    """A total beside the sum of its parts, all of two decimals."""
    return ReproducedNumber(
        *place,
        printed=printed,
        ours=sum(parts),
        within=_HALF_DIGIT_OF_PARTS * (len(parts) + 1),
        otherwise="is not the sum of its parts",
    )


RECOMPUTE: Mapping[str, Callable[[], list[ReproducedNumber]]] = {
    "review": review,
    "textbind": textbind,
    "imagebind-llm": imagebind_llm,
}
"""By paper, as the command line names it."""
