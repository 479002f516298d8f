"""Measures the records of a validation, step by step, and combines their measurements into figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from vlitqa.contracts import Metric, Observer, Outcome, Principle
from vlitqa.records import Record
from vlitqa.results import Figure, Labels
from vlitqa.scoring.cache import Cache
from vlitqa.scoring.job import Job
from vlitqa.scoring.lookup import CacheLookup
from vlitqa.scoring.plan import BATCH
from vlitqa.scoring.summing import Combining, Fits, Source, combine_metrics, fit_metrics
from vlitqa.scoring.work import Scorer

FigureKey = tuple[str, str, str]
"""A metric, the name of its figure and the variant."""
Figures = Mapping[FigureKey, Figure]


@dataclass(frozen=True, slots=True)
class CombinedFigures:
    """The figures of some metrics, and the labels of tasks if that metric is among them."""

    figures: Figures
    task_labels: Labels


class Bench:
    """Measures records, with the cache, and combines them with the fits of the records without faults."""

    def __init__(self, job: Job, cache: Cache, observer: Observer, steps: int) -> None:
        plan = job.plan
        self.metrics, self._toolbox = plan.metrics, plan.toolbox
        self._lookup = CacheLookup(plan, cache)
        self._scorer = Scorer(plan.metrics, plan.toolbox, plan.samples)
        self._observer, self._steps = observer, steps
        self._step = self._done = 0
        self._fits = Fits()

    def fit(self, outcomes: Sequence[Outcome]) -> None:
        """Fits the metrics that learn, for all later figures."""
        self._fits = fit_metrics(self.metrics, self._toolbox, [self._source(outcomes)])

    def measure(self, records: Sequence[Record]) -> list[Outcome]:
        """Measures records with every metric: one step of the progress that is shown."""
        outcomes: list[Outcome] = []
        for start in range(0, len(records), BATCH):
            outcomes += self._measure_batch(records[start : start + BATCH])
            self._observer(self._done + len(outcomes), 0, (self._step + len(outcomes) / len(records)) / self._steps)
        self._done += len(outcomes)
        self._step += 1
        return outcomes

    def affected_metrics(self, changed: Set[str]) -> tuple[Metric, ...]:
        """Returns the metrics that changed or read one that did, and all metrics that these read."""
        cards = [metric.card for metric in self.metrics]
        affected = {card.name for card in cards if not changed.isdisjoint((card.name, *card.all_read))}
        affected.update(name for card in cards if card.name in affected for name in card.all_read)
        return tuple(metric for metric in self.metrics if metric.card.name in affected)

    def combine(self, metrics: Sequence[Metric], outcomes: Sequence[Outcome]) -> CombinedFigures:
        """Combines the measurements of some metrics."""
        summaries = combine_metrics(metrics, self._source(outcomes), Combining(self._toolbox, self._fits))
        figures: dict[FigureKey, Figure] = {}
        labels: Labels = {}
        for metric, summary in zip(metrics, summaries, strict=True):
            labels = summary.labels if metric.card.principle is Principle.TASK_DIVERSITY else labels
            for figure in summary.figures:
                figures[metric.card.name, figure.name, figure.variant] = figure
        return CombinedFigures(figures, labels)

    def _source(self, outcomes: Sequence[Outcome]) -> Source:
        positions = {metric.card.name: position for position, metric in enumerate(self.metrics)}
        return lambda metric: (outcome[positions[metric.card.name]] for outcome in outcomes)

    def _measure_batch(self, records: Sequence[Record]) -> list[Outcome]:
        batch = self._lookup.batch(records)
        outcomes = self._scorer(batch.tasks) if batch.tasks else []
        self._lookup.keep(batch, outcomes)
        return [measurements for _, measurements in batch.complete(outcomes)]
