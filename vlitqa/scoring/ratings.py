"""Ratings that a dataset brings in its rows, as measurements, and how far our metrics go along with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import cast

from vlitqa.algorithms.intervals import mean_interval
from vlitqa.algorithms.rank_correlation import spearman, spearman_interval
from vlitqa.catalogue import METRICS, suggestion
from vlitqa.contracts import ALONE, Card, Context, FigureName, Metric
from vlitqa.contracts.tools import Tools
from vlitqa.errors import UsageError
from vlitqa.reader import Dataset
from vlitqa.records import Record
from vlitqa.results import Figure, Measurement, Status, Summary, Table, unmeasured
from vlitqa.results.evidence import NoEvidence
from vlitqa.scoring.row_fields import value_of_field
from vlitqa.scoring.summing import Source

_MEAN = FigureName("mean rating", "sound")
_FEWEST = 8
"""Records with both values, below which ranks say nothing."""
_COLUMNS = ("metric", "records", "rank correlation", "low", "high")


@dataclass(frozen=True, slots=True)
class Rating:
    """The rating of a field of the rows: a number, or the mean of a list of numbers.

    It is a metric whose measurements are read where the rows are, because rows do not travel to workers.
    """

    field: str

    @property
    def card(self) -> Card:
        """The card of a metric that bears the name of the field."""
        return Card(name=self.field, version=1, headline=_MEAN, lowest=float("-inf"), better="none")

    @property
    def evidence(self) -> type[NoEvidence]:
        """A rating needs none."""
        return NoEvidence

    def measure(self, records: Sequence[Record], _tools: Tools | None = None) -> Sequence[Measurement]:
        """Reads the rating of each record."""
        return [self.measure_record(record) for record in records]

    def measure_record(self, record: Record) -> Measurement:
        """Reads the rating of a record."""
        value = value_of_field(record.source or {}, self.field)
        numbers = list(map(_number, value if isinstance(value, list) else [value]))
        finite = [number for number in numbers if number is not None]
        if not finite or len(finite) < len(numbers):
            return unmeasured(record, Status.NOT_APPLICABLE, f"its {self.field} is no number")
        return Measurement(sum(finite) / len(finite), place=record.place, record_id=record.id)

    def combine(self, measurements: Iterable[Measurement], _context: Context = ALONE) -> Summary:
        """The mean of all ratings."""
        measured = list(measurements)
        values = [one.value for one in measured if one.value is not None]
        left_out = {"records without a rating": len(measured) - len(values)} if len(values) < len(measured) else {}
        if not values:
            return Summary((Figure.without(_MEAN.name, _MEAN.variant, f"no row has a number as {self.field}"),))
        interval = mean_interval(values, range(len(values)))
        mean = sum(values) / len(values)
        figure = Figure(_MEAN.name, _MEAN.variant, mean, interval=interval, measured=len(values), left_out=left_out)
        return Summary((figure,))


def choose_ratings(dataset: Dataset, fields: Sequence[str]) -> tuple[Metric, ...]:
    """The ratings in these fields; raises UsageError for a field that no first row has, or with a metric's name."""
    for field in fields:
        if field in METRICS:
            raise UsageError(f"--ratings {field}: a metric has this name.", repair="Call the field otherwise.")
        if field not in dataset.fields and field.partition(".")[0] not in dataset.fields:
            message = f"--ratings {field}: none of the first rows of {dataset.name} has this field."
            raise UsageError(message, repair=suggestion(field, dataset.fields))
    return tuple(cast(Metric, Rating(field)) for field in dict.fromkeys(fields))


def with_correlations(summary: Summary, rating: Metric, metrics: Sequence[Metric], source: Source) -> Summary:
    """The summary of a rating with a table of its rank correlation with each metric, the strongest first."""
    ratings = {one.place.row: one.value for one in source(rating) if one.value is not None}
    rows = sorted(_correlations(ratings, metrics, source), key=lambda row: -abs(row[2]))
    return replace(
        summary, tables=(*summary.tables, Table(f"{rating.card.name} and the metrics", _COLUMNS, tuple(rows)))
    )


def _correlations(
    ratings: dict[int, float], metrics: Sequence[Metric], source: Source
) -> Iterator[tuple[str, int, float, float, float]]:
    for metric in metrics:
        values = {one.place.row: one.value for one in source(metric) if one.value is not None}
        rows = sorted(ratings.keys() & values.keys())
        if len(rows) < _FEWEST:
            continue
        correlation = spearman([ratings[row] for row in rows], [values[row] for row in rows])
        if correlation is not None:
            yield (metric.card.name, len(rows), correlation, *spearman_interval(correlation, len(rows)))


def _number(value: object) -> float | None:
    """The number of a value; None where it is none."""
    try:
        number = float(value) if isinstance(value, int | float | str) else None
    except ValueError:
        return None
    return number if number is not None and isfinite(number) else None
