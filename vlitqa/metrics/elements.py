"""Semantic elements of instructions, counted by a parser."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import msgspec

from vlitqa.contracts import ALONE, Card, Context, FigureName, Principle
from vlitqa.contracts.tools import Tools
from vlitqa.metrics.grouped_turns import group_of, turns_of, with_mean
from vlitqa.records import Record
from vlitqa.results import Figure, Measurement, Status, Summary, unmeasured
from vlitqa.results.evidence import EvidenceRow, TypedEvidence, evidence_of


class InstructionElements(EvidenceRow, frozen=True):
    """The elements and the tokens of one instruction."""

    elements: int
    tokens: int


class ElementsEvidence(TypedEvidence, frozen=True, kw_only=True):
    """The instructions of a record."""

    turns: Sequence[InstructionElements]
    group: str
    unit: str
    """The unit of the parser."""


@dataclass(frozen=True)
class Elements:
    """Number of semantic elements of an instruction, such as actions, things and their features.

    Measures: in a record, the mean number of elements of its instructions; in the dataset, the mean over instructions.
    Reads: instructions, through the semantic parser.
    Range: 0 and up, more is more complex.
    Caveats: the unit depends on the parser and stands beside the figure: numbers of HanLP and of the chunk parser's
    proxy are not comparable. The number grows with the length of an instruction; `sound` is the number in 100 tokens,
    which is highest for short instructions and therefore no measure of complexity.
    Source: the review, section 4.2.3.
    """

    card: ClassVar[Card] = Card(
        name="elements",
        version=1,
        headline=FigureName("elements of an instruction", "original"),
        principle=Principle.OBJECT_COMPLEXITY,
        symbol="O/G",
        misleading={
            FigureName(
                "elements in 100 tokens", "sound"
            ): "short instructions have more in 100 tokens than complex ones"
        },
        follows_length=(FigureName("elements of an instruction", "original"),),
        counts="elements of an instruction",
        tools=("parser",),
    )
    evidence: ClassVar[type[TypedEvidence]] = ElementsEvidence
    seed: int = 0

    def measure(self, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
        """Counts the elements of the instructions."""
        texts = [turn.instruction or "" for record in records for turn in record.turns]
        parsed = iter([InstructionElements(count.elements, count.tokens) for count in tools.parser.count(texts)])
        unit = tools.parser.unit
        return [_measured(record, [next(parsed) for _ in record.turns], unit) for record in records]

    def combine(self, measurements: Iterable[Measurement], _context: Context = ALONE) -> Summary:
        """Takes the mean of the elements, and of their number by hundred tokens."""
        measurements = list(measurements)
        parsed = turns_of(measurements, ElementsEvidence, lambda evidence: evidence.turns)
        units = {evidence_of(one, ElementsEvidence).unit for one in measurements if one.value is not None}
        number = Figure.without(
            "elements of an instruction",
            "original",
            "no record has an instruction",
            direction="up",
            left_out=parsed.left_out,
            unit=", ".join(sorted(units)),
        )
        rate = replace(number, name="elements in 100 tokens", variant="sound")
        return Summary(
            (
                with_mean(number, parsed.values(lambda turn: float(turn.elements)), self.seed),
                with_mean(rate, parsed.values(_elements_in_100_tokens), self.seed),
            )
        )


def _elements_in_100_tokens(turn: InstructionElements) -> float | None:
    return 100 * turn.elements / turn.tokens if turn.tokens else None


def _measured(record: Record, parsed: Sequence[InstructionElements], unit: str) -> Measurement:
    turns = [
        elements
        for turn, elements in zip(record.turns, parsed, strict=True)
        if turn.instruction and turn.instruction.strip()
    ]
    if not turns:
        return unmeasured(record, Status.EMPTY_TEXT, "the record has no instruction")
    mean = sum(turn.elements for turn in turns) / len(turns)
    evidence = ElementsEvidence(turns=turns, group=group_of(record), unit=unit)
    return Measurement(mean, Status.OK, "", msgspec.to_builtins(evidence), record.place, record.id)
