"""Every metric with every exam as a map."""

from __future__ import annotations

from collections.abc import Sequence

from reports.blocks import Block, Notice
from reports.comparison_view import COEFFICIENTS, ComparisonView
from reports.pair_blocks import DatasetNumbers, PairMap

title = "Every metric with every exam"


def build(view: ComparisonView) -> Sequence[Block]:
    """The map of all pairs."""
    pairs = pair_map(view)
    return [pairs] if pairs else [Notice("No correlation of a metric with an exam was computed.")]


def pair_map(view: ComparisonView) -> PairMap | None:
    """All pairs, the metrics that predict the main exam best first; None where there are none."""
    if not (view.methods and view.metrics and view.comparison.exams):
        return None
    ranked = [pair.first for pair in view.of_exam(view.main_exam, view.methods[0])]
    metrics = tuple(dict.fromkeys((*ranked, *view.metrics)))
    return PairMap(
        datasets=view.datasets,
        groups=tuple(dataset.treatment for dataset in view.comparison.datasets),
        metrics=tuple(_quality(view, metric) for metric in metrics),
        exams=tuple(_exam(view, exam) for exam in view.comparison.exams),
        correlations=view.correlations,
        names={method: COEFFICIENTS.get(method, method) for method in view.methods},
        shown=(metrics[0], view.main_exam),
    )


def _quality(view: ComparisonView, metric: str) -> DatasetNumbers:
    figures = [view.quality.get((dataset, metric)) for dataset in view.datasets]
    values = tuple(figure.value if figure else None for figure in figures)
    return DatasetNumbers(metric, values, (None,) * len(values))


def _exam(view: ComparisonView, exam: str) -> DatasetNumbers:
    means = [view.exam_mean(dataset, exam) for dataset in view.datasets]
    return DatasetNumbers(
        exam,
        tuple(mean.value if mean else None for mean in means),
        tuple(mean.spread if mean else None for mean in means),
    )
