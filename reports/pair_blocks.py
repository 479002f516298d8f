"""The correlations of quality with exams as blocks: a map of all pairs, and one pair in detail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vlitqa.results.agreement import Correlation


@dataclass(frozen=True, slots=True)
class DatasetNumbers:
    """One number of every dataset."""

    name: str
    values: tuple[float | None, ...]
    spreads: tuple[float | None, ...]
    """The standard deviation of each value over seeds; None where it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairMap:
    """The correlation of every metric with every exam by several methods, and the numbers that it was computed from."""

    datasets: tuple[str, ...]
    groups: tuple[str, ...]
    """Of each dataset: what was done to it; empty for nothing."""
    metrics: tuple[DatasetNumbers, ...]
    exams: tuple[DatasetNumbers, ...]
    correlations: Mapping[str, Mapping[tuple[str, str], Correlation]]
    """By method, and by metric and exam."""
    names: Mapping[str, str]
    """By method: its coefficient in words."""
    shown: tuple[str, str]
    """The metric and the exam that are shown in detail before a reader chooses others."""

    @property
    def method(self) -> str:
        """The method that is shown before a reader chooses another."""
        return next(iter(self.correlations))

    def correlation(self, metric: str, exam: str) -> Correlation | None:
        """The correlation of a pair by the method that is shown first."""
        return self.correlations[self.method].get((metric, exam))

    def numbers_of_pair(self) -> tuple[DatasetNumbers, DatasetNumbers]:
        """The numbers of the pair that is shown in detail."""
        metric, exam = self.shown
        return (
            next(column for column in self.metrics if column.name == metric),
            next(column for column in self.exams if column.name == exam),
        )


@dataclass(frozen=True, slots=True)
class PairDetail:
    """The pair of a metric and an exam that a reader chose in the map."""

    pairs: PairMap
