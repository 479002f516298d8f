"""How much an instruction asks to look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from vlitqa.algorithms.resampling import grouped_mean_interval
from vlitqa.contracts import ALONE, Card, Context
from vlitqa.metrics.evidence import group_of, groups_of
from vlitqa.records import Record
from vlitqa.results import Figure, Measurement, Status, Summary
from vlitqa.tools import Elements as Found
from vlitqa.tools import Tools


@dataclass(frozen=True)
class Elements:
    """How much an instruction asks to look at: its semantic elements, such as actions, things and their features.

    Measures: in a record, the mean number of elements of its instructions; in the dataset, the mean over instructions.
    Reads: instructions, through the semantic parser.
    Range: 0 and up, more is more complex.
    Caveats: the unit is the parser's own and stands beside the figure: numbers of HanLP and of the chunk parser's proxy
    are different things. Elements grow with the length of an instruction; `sound` is their number by hundred tokens.
    Source: the review, section 4.2.3.
    """

    card: ClassVar[Card] = Card(name="elements", version=1, tools=("parser",))
    seed: int = 0

    def measure(self, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
        texts = [turn.instruction or "" for record in records for turn in record.turns]
        found = iter(tools.parser.count(texts))
        unit = tools.parser.unit
        return [_measured(record, [next(found) for _ in record.turns], unit) for record in records]

    def combine(self, measurements: Iterable[Measurement], context: Context = ALONE) -> Summary:
        elements: list[int] = []
        tokens: list[int] = []
        groups: list[str] = []
        rows: list[int] = []
        units: set[str] = set()
        left_out: Counter[str] = Counter()
        for each in sorted(measurements, key=lambda each: each.place.row):
            if each.value is None:
                left_out[each.status.value] += 1
                continue
            units.add(each.evidence["unit"])
            for found, length in each.evidence["turns"]:
                elements.append(found)
                tokens.append(length)
                groups.append(each.evidence["group"])
                rows.append(each.place.row)
        names = groups_of(groups, rows)
        common: dict[str, Any] = {
            "direction": "up",
            "measured": len(elements),
            "left_out": dict(left_out),
            "reason": "" if elements else "no record has an instruction",
        }
        rates = [100 * found / length for found, length in zip(elements, tokens, strict=True) if length]
        rated = [name for name, length in zip(names, tokens, strict=True) if length]
        unit = ", ".join(sorted(units))
        return Summary(
            (
                Figure("elements of an instruction", "original", **self._mean(elements, names), unit=unit, **common),
                Figure("elements in 100 tokens", "sound", **self._mean(rates, rated), unit=unit, **common),
            )
        )

    def _mean(self, values: Sequence[float], groups: Sequence[str]) -> dict[str, Any]:
        if not values:
            return {"value": None}
        return {"value": sum(values) / len(values), "interval": grouped_mean_interval(values, groups, self.seed)}


def _measured(record: Record, found: Sequence[Found], unit: str) -> Measurement:
    turns = [
        (each.elements, each.tokens)
        for turn, each in zip(record.turns, found, strict=True)
        if turn.instruction and turn.instruction.strip()
    ]
    if not turns:
        return Measurement(None, Status.EMPTY_TEXT, "the record has no instruction", {}, record.place, record.id)
    mean = sum(elements for elements, _ in turns) / len(turns)
    evidence = {"turns": turns, "group": group_of(record), "unit": unit}
    return Measurement(mean, Status.OK, "", evidence, record.place, record.id)
