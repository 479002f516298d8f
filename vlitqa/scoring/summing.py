"""From measurements to summaries: metrics are fitted on all datasets of a run, then combined for each dataset."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from vlitqa.backends.toolbox import Toolbox
from vlitqa.contracts import ALONE, Card, Context, Fit, FittedMetric, GoldRows, Metric
from vlitqa.errors import RunError
from vlitqa.results import Figure, Labels, Measurement, Summary

NO_GOLD: GoldRows = {}
Source = Callable[[Metric], Iterable[Measurement]]
"""Gives the measurements that a metric made of one dataset."""


@dataclass(frozen=True, slots=True)
class Fits:
    """The fits of metrics by their names, and the reasons of those that failed."""

    learned: dict[str, Fit] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def fit_metrics(metrics: Sequence[Metric], toolbox: Toolbox, sources: Sequence[Source]) -> Fits:
    """Fits every metric that learns on the measurements of all datasets together."""
    fits = Fits()
    for metric in metrics:
        if isinstance(metric, FittedMetric) and not toolbox.lacks(metric.card.tools):
            _fit(metric, toolbox, sources, fits)
    return fits


@dataclass(frozen=True, slots=True)
class Combining:
    """Combines metric after metric of one dataset; one that reads another's labels comes after it."""

    toolbox: Toolbox
    fits: Fits
    gold: GoldRows = field(default_factory=dict)
    _labels: dict[str, Labels] = field(default_factory=dict)
    _tags: dict[str, Labels] = field(default_factory=dict)

    def anew(self) -> Combining:
        """The same for another part of the data."""
        return Combining(self.toolbox, self.fits, self.gold)

    def combine(self, metric: Metric, measurements: Iterable[Measurement]) -> Summary:
        """Combines the measurements of the next metric."""
        card = metric.card
        missing = (name for name in card.reads if name not in self._labels)
        unread = next((f"it reads the labels of {name}: see there" for name in missing), "")
        failed = self.fits.failed.get(card.name, "")
        if reason := self.toolbox.lacks(card.tools) or failed or unread:
            return _without_value(metric, reason, failed=reason == failed)
        summary = combine_safely(metric, measurements, self._context(card))
        if not has_failed(summary):
            self._labels[card.name], self._tags[card.name] = summary.labels, summary.tags
        return summary

    def _context(self, card: Card) -> Context:
        measured = [name for name in card.all_read if name in self._labels]
        return Context(
            fit=self.fits.learned.get(card.name, {}),
            labels={name: self._labels[name] for name in measured},
            tags={name: self._tags[name] for name in measured},
            gold=self.gold if card.gold else NO_GOLD,
        )


def combine_metrics(metrics: Sequence[Metric], source: Source, combining: Combining) -> list[Summary]:
    """Combines the measurements of each metric."""
    return [combining.combine(metric, source(metric)) for metric in metrics]


def combine_safely(metric: Metric, measurements: Iterable[Measurement], context: Context = ALONE) -> Summary:
    """Combines the measurements of a metric; if the metric fails, its summary is one figure that says why."""
    try:
        summary = metric.combine(measurements, context)
        for figure in summary.figures:
            if figure.value is not None and not math.isfinite(figure.value):
                raise ValueError(f"{figure.name} is {figure.value}")
    except RunError:
        raise
    except Exception as error:  # noqa: BLE001 - a metric is foreign code: whatever it raises costs its own summary
        return _without_value(metric, _failure_reason(error), failed=True)
    return summary


def has_failed(summary: Summary) -> bool:
    """True if a metric failed to combine the measurements of a dataset."""
    return any(figure.failed for figure in summary.figures)


def _fit(metric: FittedMetric, toolbox: Toolbox, sources: Sequence[Source], fits: Fits) -> None:
    name = metric.card.name
    try:
        measurements = chain.from_iterable(source(metric) for source in sources)
        fits.learned[name] = metric.fit(measurements, toolbox.open())
    except RunError:
        raise
    except Exception as error:  # noqa: BLE001 - a metric is foreign code: whatever it raises costs its own fit
        fits.failed[name] = _failure_reason(error)


def _without_value(metric: Metric, reason: str, *, failed: bool) -> Summary:
    return Summary((Figure.without(metric.card.name, "sound", reason, failed=failed),))


def _failure_reason(error: Exception) -> str:
    return f"the metric failed: {type(error).__name__}: {str(error)[:200]}"
