"""All statistics of a comparison of datasets; the same for the same comparison and seed."""

from __future__ import annotations

import math

import numpy as np

from evaluators.agreement.comparison_arrays import exam_array, quality_columns
from evaluators.agreement.correlation import METHODS, Column, correlations
from evaluators.agreement.noise_ceiling import noise_ceilings
from evaluators.agreement.paired_order import paired_orders
from evaluators.agreement.partial_correlation import partial_correlations
from evaluators.agreement.rater_tables import agreement_of_models, agreement_of_seeds
from evaluators.agreement.repeated_measures import repeated_correlation
from evaluators.agreement.treatment_effects import treatment_effects
from vlitqa.results.comparison import Comparison, ComparisonStatistics


def compute_statistics(comparison: Comparison, seed: int = 0) -> ComparisonStatistics:
    """Computes every statistic from the figures that there are; what has too few says so instead of a value."""
    exams, metrics = exam_array(comparison), quality_columns(comparison)
    means = [Column(exam, exams.means(exam)) for exam in exams.exams]
    sizes = np.array([dataset.rows or math.nan for dataset in comparison.datasets])
    directions = {figure.metric: figure.direction for figure in comparison.quality}
    return ComparisonStatistics(
        agreement_of_models=agreement_of_models(exams),
        agreement_of_seeds=agreement_of_seeds(exams),
        correlations=tuple(
            pair for method in METHODS for pair in correlations(exams.datasets, metrics, means, method, seed)
        ),
        repeated=tuple(
            repeated_correlation(metric.name, metric.values, exam, exams.means_over_seeds(exam))
            for metric in metrics
            for exam in exams.exams
        ),
        partial=partial_correlations(sizes, metrics, means),
        orders=paired_orders(metrics, means, directions, seed),
        ceilings=noise_ceilings(exams, seed),
        effects=treatment_effects(comparison, exams),
    )
