"""From measurements to summaries: metrics are fitted on all datasets of a run, then combined for each dataset."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from vlitqa.backends.toolbox import Toolbox
from vlitqa.contracts import ALONE, Context, Fit, FittedMetric, GoldRows, Metric
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


def combine_metrics(
    metrics: Sequence[Metric], toolbox: Toolbox, fits: Fits, source: Source, gold: GoldRows = NO_GOLD
) -> list[Summary]:
    """Combines the measurements of each metric; a metric that reads another's labels comes after it."""
    labels: dict[str, Labels] = {}
    tags: dict[str, Labels] = {}
    summaries = []
    for metric in metrics:
        card = metric.card
        unread = next((f"it reads the labels of {name}: see there" for name in card.reads if name not in labels), "")
        failed = fits.failed.get(card.name, "")
        if reason := toolbox.lacks(card.tools) or failed or unread:
            summaries.append(_without_value(metric, reason, failed=reason == failed))
            continue
        measured = [name for name in card.all_read if name in labels]
        context = Context(
            fit=fits.learned.get(card.name, {}),
            labels={name: labels[name] for name in measured},
            tags={name: tags[name] for name in measured},
            gold=gold if card.gold else NO_GOLD,
        )
        summary = combine_safely(metric, source(metric), context)
        summaries.append(summary)
        if not has_failed(summary):
            labels[card.name], tags[card.name] = summary.labels, summary.tags
    return summaries


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
