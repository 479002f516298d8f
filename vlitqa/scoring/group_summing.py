"""The figures of each group of a dataset, combined from the measurements that were made of the whole."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vlitqa.algorithms.intervals import FEWEST_GROUPS
from vlitqa.contracts import Metric
from vlitqa.results import Measurement, Summary
from vlitqa.results.groups import GroupScores, ScoresByGroup
from vlitqa.scoring.summing import Combining, Source

MOST_GROUPS = 30
"""Groups with figures of their own: the largest."""


@dataclass(frozen=True, slots=True)
class GroupedRows:
    """The group of each row, and the field that names it."""

    field: str
    of_row: Mapping[int, str]


def score_groups(
    groups: GroupedRows, metrics: Sequence[Metric], source: Source, summaries: Sequence[Summary], combining: Combining
) -> ScoresByGroup:
    """The figures of the largest groups; metrics are fitted as they were on the whole, which the summaries sum up."""
    sizes = Counter(groups.of_row.values())
    large = [name for name, size in sizes.most_common(MOST_GROUPS) if size >= FEWEST_GROUPS]
    scored = _combine_groups(large, groups.of_row, metrics, source, combining)
    findings = _count_findings(groups.of_row, summaries)
    return ScoresByGroup(
        field=groups.field,
        groups=tuple(
            GroupScores(
                name=name,
                records=sizes[name],
                findings=dict(sorted(findings[name].items())),
                figures={metric: summary.figures for metric, summary in scored[name].items()},
            )
            for name in large
        ),
        smaller_groups=len(sizes) - len(large),
        records_in_them=sizes.total() - sum(sizes[name] for name in large),
    )


def _combine_groups(
    names: Sequence[str], groups: Mapping[int, str], metrics: Sequence[Metric], source: Source, combining: Combining
) -> Mapping[str, Mapping[str, Summary]]:
    """The summaries of each group, by metric; the measurements of a metric are read once for all groups."""
    of_group = {name: combining.anew() for name in names}
    summaries: dict[str, dict[str, Summary]] = {name: {} for name in names}
    for metric in metrics:
        parts: defaultdict[str, list[Measurement]] = defaultdict(list)
        for measurement in source(metric):
            parts[groups[measurement.place.row]].append(measurement)
        for name in names:
            summaries[name][metric.card.name] = of_group[name].combine(metric, parts[name])
    return summaries


def _count_findings(groups: Mapping[int, str], summaries: Sequence[Summary]) -> Mapping[str, Counter[str]]:
    """By group and code: the rows that have a finding."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row, code in {(fault.row, fault.code) for summary in summaries for fault in summary.faulty}:
        counts[groups[row]][code] += 1
    return counts
