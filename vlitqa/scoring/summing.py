"""From measurements to summaries: what is learned from all datasets of a run first, then each dataset in turn."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from vlitqa.backends.toolbox import Toolbox
from vlitqa.contracts import ALONE, Context, Fit, FittedMetric, Metric
from vlitqa.errors import RunError
from vlitqa.results import Figure, Labels, Measurement, Summary

Source = Callable[[Metric], Iterable[Measurement]]
"""Gives the measurements that a metric made of one dataset."""


@dataclass(frozen=True, slots=True)
class Fits:
    """What metrics learned from all datasets, and why some learned nothing."""

    learned: dict[str, Fit] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def fits_of(metrics: Sequence[Metric], toolbox: Toolbox, sources: Sequence[Source]) -> Fits:
    """Lets every metric that fits learn from the measurements of all datasets together."""
    fits = Fits()
    for metric in metrics:
        if isinstance(metric, FittedMetric) and not toolbox.lacks(metric.card.tools):
            _learn(metric, toolbox, sources, fits)
    return fits


def summaries_of(metrics: Sequence[Metric], toolbox: Toolbox, fits: Fits, source: Source) -> list[Summary]:
    """The summary of each metric; one that reads another's labels stands behind it."""
    labels: dict[str, Labels] = {}
    summaries = []
    for metric in metrics:
        card = metric.card
        unread = next((f"it reads the labels of {name}: see there" for name in card.reads if name not in labels), "")
        failed = fits.failed.get(card.name, "")
        if why := toolbox.lacks(card.tools) or failed or unread:
            summaries.append(_without(metric, why, failed=why == failed))
            continue
        context = Context(fits.learned.get(card.name, {}), {name: labels[name] for name in card.reads})
        summary = combined(metric, source(metric), context)
        summaries.append(summary)
        if not has_failed(summary):
            labels[card.name] = summary.labels
    return summaries


def combined(metric: Metric, measurements: Iterable[Measurement], context: Context = ALONE) -> Summary:
    """The summary of a dataset; a metric that fails here has one figure that says why."""
    try:
        summary = metric.combine(measurements, context)
        for figure in summary.figures:
            if figure.value is not None and not math.isfinite(figure.value):
                raise ValueError(f"{figure.name} is {figure.value}")
    except RunError:
        raise
    except Exception as error:
        return _without(metric, _said(error), failed=True)
    return summary


def has_failed(summary: Summary) -> bool:
    """Whether a metric failed to sum a dataset up."""
    return any(figure.failed for figure in summary.figures)


def _learn(metric: FittedMetric, toolbox: Toolbox, sources: Sequence[Source], fits: Fits) -> None:
    name = metric.card.name
    try:
        together = chain.from_iterable(source(metric) for source in sources)
        fits.learned[name] = metric.fit(together, toolbox.open())
    except RunError:
        raise
    except Exception as error:
        fits.failed[name] = _said(error)


def _without(metric: Metric, why: str, *, failed: bool) -> Summary:
    return Summary((Figure.without(metric.card.name, "sound", why, failed=failed),))


def _said(error: Exception) -> str:
    return f"the metric failed: {type(error).__name__}: {str(error)[:200]}"
