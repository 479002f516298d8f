"""Faults in growing shares of a dataset, and the curves that figures take over them."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from functools import cache
from typing import NamedTuple

from msgspec.structs import replace
from scipy.stats import spearmanr

from vlitqa.algorithms.shuffle_key import shuffle_key
from vlitqa.catalogue import load_metric
from vlitqa.contracts import Context, Fit, FittedMetric
from vlitqa.contracts.tools import Tools
from vlitqa.records import Record, Turn
from vlitqa.results import Measurement, Summary

DOSES = (0.0, 0.15, 0.3, 0.6, 0.9)


class Surroundings(NamedTuple):
    """What a fault may take from the set: its texts, and another row that stays as it is."""

    instruction: str
    """The most frequent one."""
    response: str
    """The most frequent one."""
    responses: Mapping[str, Sequence[str]]
    """All responses, by their instruction."""
    other: Record


Break = Callable[[Record, Surroundings], Record]


def break_turns(damage: Callable[[Turn, Surroundings], Turn]) -> Break:
    return lambda record, around: replace(record, turns=tuple([damage(turn, around) for turn in record.turns]))


def reword_instructions(reword: Callable[[str], str]) -> Break:
    return break_turns(lambda turn, _: replace(turn, instruction=reword(turn.instruction or "")))


def reword_responses(reword: Callable[[str], str]) -> Break:
    return break_turns(lambda turn, _: replace(turn, response=reword(turn.response or "")))


class Claim(NamedTuple):
    """A figure, the faults that it claims to notice, and the sign of rho that it claims."""

    metric: str
    figure: str
    variant: str
    faults: Mapping[str, Break]
    sign: int
    intact: Break | None = None
    """The change of the rows that keep free of the fault, if any."""


class Curve(NamedTuple):
    """The values of a figure at all doses, nan where it has none, and the sign of rho that it claims."""

    values: tuple[float, ...]
    sign: int

    @property
    def follows(self) -> bool:
        """True if the values rise or fall with the dose as claimed."""
        return len(set(self.values)) > 1 and float(spearmanr(DOSES, self.values).statistic) * self.sign >= 0.95

    @property
    def ends_worse(self) -> bool:
        """True if nine broken rows of ten move the figure as claimed, whatever fewer do."""
        return (self.values[-1] - self.values[0]) * self.sign > 0


class Yardstick:
    """The metrics, with what they learn from the records without faults.

    A measurement depends on its record alone, so a row is measured once with a fault and once without.
    """

    def __init__(
        self, records: Sequence[Record], tools: Tools, prepare: Mapping[str, Callable[[Record], Record]] | None = None
    ) -> None:
        self._records, self._tools, self._prepare = records, tools, prepare or {}
        self._order = sorted(range(len(records)), key=lambda row: shuffle_key("fresh", row))
        self._around = _surroundings(records, self._order[round(max(DOSES) * len(records)) :])
        self._measurements, self._fit, self._summary = cache(self._measure), cache(self._learn), cache(self._summarize)

    def curves(self, claims: Iterable[Claim]) -> dict[tuple[str, str], Curve]:
        """The curves of all claims, by figure and fault."""
        return {
            (claim.figure, fault): Curve(self._values(claim, damage), claim.sign)
            for claim in claims
            for fault, damage in claim.faults.items()
        }

    def _values(self, claim: Claim, damage: Break) -> tuple[float, ...]:
        name = (claim.figure, claim.variant)
        summaries = [self._summary(claim.metric, damage, dose, claim.intact) for dose in DOSES]
        figures = [
            next(figure for figure in summary.figures if (figure.name, figure.variant) == name) for summary in summaries
        ]
        return tuple(math.nan if figure.value is None else figure.value for figure in figures)

    def _summarize(self, name: str, damage: Break, dose: float, intact: Break | None) -> Summary:
        metric = load_metric(name)
        summaries = {other: self._summary(other, damage, dose, intact) for other in metric.card.all_read}
        labels = {other: summary.labels for other, summary in summaries.items()}
        context = Context(self._fit(name), labels, {other: summary.tags for other, summary in summaries.items()})
        faults = self._measurements(name, damage)
        rows = self._order[: round(dose * len(self._records))]
        measurements = self._measurements(name, intact) | {row: faults[row] for row in rows}
        return metric.combine(measurements.values(), context)

    def _measure(self, name: str, change: Break | None) -> dict[int, Measurement]:
        """The measurements of all rows, by row and in order; a row that a change leaves as it is keeps the first."""
        records, rows, measurements = self._records, list(range(len(self._records))), dict[int, Measurement]()
        if change:
            measurements = self._measurements(name, None)
            records = [change(record, around) for record, around in zip(records, self._around, strict=True)]
            rows = [row for row in rows if records[row] != self._records[row]]
        prepare: Callable[[Record], Record] = self._prepare.get(name, copy)
        values = load_metric(name).measure([prepare(records[row]) for row in rows], self._tools)
        return measurements | dict(zip(rows, values, strict=True))

    def _learn(self, name: str) -> Fit:
        metric = load_metric(name)
        if not isinstance(metric, FittedMetric):
            return {}
        return metric.fit(list(self._measurements(name, None).values()), self._tools)


def _surroundings(records: Sequence[Record], spared: Sequence[int]) -> list[Surroundings]:
    """The surroundings of all rows; the rows that no dose breaks are the others, in turn."""
    turns = [turn for record in records for turn in record.turns]
    instruction = most_frequent(turn.instruction for turn in turns)
    response = most_frequent(turn.response for turn in turns)
    responses: defaultdict[str, list[str]] = defaultdict(list)
    for turn in turns:
        responses[turn.instruction or ""].append(turn.response or "")
    return [
        Surroundings(instruction, response, responses, records[spared[row % len(spared)]])
        for row in range(len(records))
    ]


def most_frequent(texts: Iterable[str | None]) -> str:
    return Counter(text for text in texts if text).most_common(1)[0][0]
