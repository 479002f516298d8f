"""The turns of a dataset with the groups in which they stand or fall together, and means over them."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, Protocol, TypeVar

import numpy as np

from vlitqa.algorithms.counted import counted
from vlitqa.algorithms.intervals import grouped_share_interval, mean_interval
from vlitqa.algorithms.resampling import Grouping
from vlitqa.records import Record
from vlitqa.results import Figure, Measurement, Status
from vlitqa.results.evidence import evidence_of

_Turn = TypeVar("_Turn")


class HasGroup(Protocol):
    """Evidence that says in which group its record stands."""

    @property
    def group(self) -> str:
        """The image of the record; empty where it has none."""
        ...


_Evidence = TypeVar("_Evidence", bound=HasGroup)


def group_of(record: Record) -> str:
    """Records of one image, video or sound stand or fall together; one without any has no group."""
    things = record.images or record.recordings
    if not things:
        return ""
    first = things[0]
    return first.name or hashlib.sha256(first.data or b"").hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class GroupedValues:
    """Numbers, each with its group."""

    values: list[float]
    groups: list[str]


@dataclass(frozen=True, slots=True)
class GroupedTurns(Generic[_Turn]):
    """What a metric kept of every turn that it measured, in the order of the rows."""

    turns: list[_Turn]
    groups: list[str]
    """Of each turn; a record without a group is one of its own."""
    rows: list[int]
    """Of each turn the row of its record."""
    left_out: dict[str, int]
    """By status: records that were not measured."""
    reasons: Mapping[str, int] = field(default_factory=dict)
    """The number of records by the reason why they have no value, but for those that were not to be measured."""

    def why_none(self, sentence: str) -> str:
        """A sentence that says that there is no turn, with the most frequent reason and its count."""
        if not self.reasons:
            return sentence
        reason = max(self.reasons, key=lambda reason: self.reasons[reason])
        return f"{sentence}: {reason} ({counted(self.reasons[reason], 'record')})"

    def where(self, holds: Callable[[_Turn], bool]) -> GroupedTurns[_Turn]:
        """The turns of which something holds."""
        places = [place for place, turn in enumerate(self.turns) if holds(turn)]
        turns, groups = [self.turns[place] for place in places], [self.groups[place] for place in places]
        return replace(self, turns=turns, groups=groups, rows=[self.rows[place] for place in places])

    def least_by_record(self, value_of: Callable[[_Turn], float]) -> GroupedValues:
        """The least number that a turn of each record has."""
        least: dict[int, float] = {}
        group_by_row: dict[int, str] = {}
        for turn, group, row in zip(self.turns, self.groups, self.rows, strict=True):
            least[row] = min(least.get(row, math.inf), value_of(turn))
            group_by_row[row] = group
        return GroupedValues(list(least.values()), [group_by_row[row] for row in least])

    def grouping(self) -> Grouping:
        """The record and the image of every turn, as numbers."""
        _, images = np.unique(np.array(self.groups, np.str_), return_inverse=True)
        return Grouping(np.array(self.rows, np.int64), images)

    def values(self, value_of: Callable[[_Turn], float | None]) -> GroupedValues:
        """A number of each turn that has it."""
        numbers = [(value_of(turn), group) for turn, group in zip(self.turns, self.groups, strict=True)]
        present = [(number, group) for number, group in numbers if number is not None]
        return GroupedValues([number for number, _ in present], [group for _, group in present])


def turns_of(
    measurements: Iterable[Measurement], kind: type[_Evidence], select: Callable[[_Evidence], Sequence[_Turn]]
) -> GroupedTurns[_Turn]:
    """The turns in the evidence of a dataset, and how many records have none, by status."""
    turns: list[_Turn] = []
    groups: list[str] = []
    rows: list[int] = []
    left_out: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for measurement in sorted(measurements, key=lambda measurement: measurement.place.row):
        if measurement.value is None:
            left_out[measurement.status.value] += 1
            reasons[measurement.reason] += measurement.status is not Status.NOT_MEASURED
            continue
        evidence = evidence_of(measurement, kind)
        selected = select(evidence)
        turns += selected
        groups += [evidence.group or f"row {measurement.place.row}"] * len(selected)
        rows += [measurement.place.row] * len(selected)
    return GroupedTurns(turns, groups, rows, dict(left_out), +reasons)


def with_mean(blank: Figure, grouped: GroupedValues, seed: int) -> Figure:
    """A figure with the mean of values and the interval that their groups give it; without values, with its reason."""
    if not grouped.values:
        return blank
    values = np.array(grouped.values, np.float64)
    if np.isin(values, (0.0, 1.0)).all():
        interval = grouped_share_interval(values, grouped.groups)
    else:
        interval = mean_interval(values, grouped.groups, seed)
    return replace(blank, value=float(values.mean()), interval=interval, measured=len(values), reason="")
