"""The share of the pairs of datasets that a metric orders as an exam does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from evaluators.agreement.correlation import Column
from evaluators.agreement.drawn_ranks import drawn_interval, pair_signs, ratios, sums_of_pairs
from vlitqa.algorithms.arrays import Floats
from vlitqa.results.comparison import PairedOrder


def paired_orders(
    metrics: Sequence[Column], exams: Sequence[Column], directions: Mapping[str, str], seed: int = 0
) -> tuple[PairedOrder, ...]:
    """Compares the order of datasets by every metric with that by every exam.

    Of a metric whose direction is `down`, less is better. One whose direction is `none` claims no order; it is counted
    as if more were better, as in its correlations: a share near 0 then is an order as reliable as one near 1, reversed.
    """
    return tuple(
        _paired_order(metric, exam, is_reversed=directions.get(metric.name) == "down", seed=seed)
        for metric in metrics
        for exam in exams
    )


def _paired_order(metric: Column, exam: Column, *, is_reversed: bool, seed: int) -> PairedOrder:
    has_both = np.isfinite(metric.values) & np.isfinite(exam.values)
    product = pair_signs(metric.values[has_both]) * pair_signs(exam.values[has_both])
    agrees = (product < 0 if is_reversed else product > 0).astype(np.float64)
    differs = np.abs(product)  # (datasets, datasets), each pair twice

    def share(counts: Floats) -> Floats:
        return ratios(sums_of_pairs(counts, agrees), sums_of_pairs(counts, differs))

    pairs = int(differs.sum()) // 2
    return PairedOrder(
        metric=metric.name,
        exam=exam.name,
        agreeing=int(agrees.sum()) // 2,
        pairs=pairs,
        interval=drawn_interval(share, int(has_both.sum()), (0.0, 1.0), seed) if pairs else None,
    )
