"""All that has no value, with the reason: exams, metrics and what is computed from both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reports.blocks import Block, Grid
from reports.comparison_view import ComparisonView

title = "Empty cells"
_LISTED = 3
"""The names that are listed of many."""

Gap = tuple[str, str, str]
"""What has no value, where, and why; gaps with the same first and last are one row."""


def build(view: ComparisonView) -> Sequence[Block]:
    """The gaps of the comparison, and those of its statistics; none where everything has a value."""
    blocks: list[Block] = []
    for heading, columns, gaps in (
        ("figures without a value", ("what", "of", "reason"), [*_exam_gaps(view), *_quality_gaps(view)]),
        ("statistics without a value", ("what", "for", "reason"), list(_statistics_gaps(view))),
    ):
        if gaps:
            blocks.append(Grid(heading, columns, _merged(gaps)))
    return blocks


def _merged(gaps: Sequence[Gap]) -> tuple[Gap, ...]:
    """One row for all gaps of one thing that have one reason."""
    places: dict[tuple[str, str], list[str]] = {}
    for what, where, reason in gaps:
        places.setdefault((what, reason or "no reason was given"), []).append(where)
    return tuple((what, _listed(list(dict.fromkeys(names))), reason) for (what, reason), names in places.items())


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_LISTED])
    return shown if len(names) <= _LISTED else f"{shown} and {len(names) - _LISTED} more"


def _exam_gaps(view: ComparisonView) -> Iterator[Gap]:
    several = len(view.comparison.seeds) > 1
    for figure in view.comparison.figures:
        if figure.value is None:
            seed = f", seed {figure.seed}" if several else ""
            yield f"{figure.model} tuned on {figure.dataset}{seed}", figure.exam, figure.reason


def _quality_gaps(view: ComparisonView) -> Iterator[Gap]:
    for figure in view.comparison.quality:
        if figure.value is None:
            yield figure.metric, figure.dataset, figure.reason


def _statistics_gaps(view: ComparisonView) -> Iterator[Gap]:
    statistics = view.statistics
    for pair in statistics.correlations:
        if pair.value is None:
            yield "correlation", f"{pair.first} with {pair.second}", pair.reason
    for ceiling in statistics.ceilings:
        if ceiling.value is None:
            yield "noise ceiling", ceiling.exam, ceiling.reason
    for name, results in (("within models", statistics.repeated), ("at equal size", statistics.partial)):
        for result in results:
            if result.value is None:
                yield f"correlation {name}", f"{result.metric} with {result.exam}", result.reason
    for rated, agreements in (("models", statistics.agreement_of_models), ("seeds", statistics.agreement_of_seeds)):
        for name, agreement in agreements.items():
            for form in agreement.agreement:
                if form.value is None:
                    yield f"ICC of {rated}", name, form.reason
