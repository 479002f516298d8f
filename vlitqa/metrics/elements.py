"""How much an instruction asks to look at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from vlitqa.contracts import ALONE, Card, Context
from vlitqa.contracts.tools import ElementCount, Tools
from vlitqa.metrics.evidence import group_of, mean_figure, turns_of
from vlitqa.records import Record
from vlitqa.results import Figure, Measurement, Status, Summary, unmeasured


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
        known = list(measurements)
        turns = turns_of(known)
        pairs = list(zip(turns.kept, turns.groups, strict=True))
        numbers = [(float(found), group) for (found, _), group in pairs]
        rates = [(100 * found / length, group) for (found, length), group in pairs if length]
        unit = ", ".join(sorted({each.evidence["unit"] for each in known if each.value is not None}))
        why = "no record has an instruction"
        blank = Figure(
            "elements of an instruction",
            "original",
            None,
            direction="up",
            left_out=turns.left_out,
            reason=why,
            unit=unit,
        )
        rate = replace(blank, name="elements in 100 tokens", variant="sound")
        return Summary((mean_figure(blank, numbers, self.seed), mean_figure(rate, rates, self.seed)))


def _measured(record: Record, found: Sequence[ElementCount], unit: str) -> Measurement:
    turns = [
        (each.elements, each.tokens)
        for turn, each in zip(record.turns, found, strict=True)
        if turn.instruction and turn.instruction.strip()
    ]
    if not turns:
        return unmeasured(record, Status.EMPTY_TEXT, "the record has no instruction")
    mean = sum(elements for elements, _ in turns) / len(turns)
    evidence = {"turns": turns, "group": group_of(record), "unit": unit}
    return Measurement(mean, Status.OK, "", evidence, record.place, record.id)
