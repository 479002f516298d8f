"""Objects and semantic elements of instructions, by a parser."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import msgspec

from vlitqa.algorithms.resampling import subsample
from vlitqa.contracts import ALONE, Card, Context, FigureName, Principle
from vlitqa.contracts.tools import ElementCount, Tools
from vlitqa.metrics.grouped_turns import GroupedTurns, group_of, turns_of, with_mean
from vlitqa.metrics.parameters import check_parameters
from vlitqa.records import Record
from vlitqa.results import Figure, Measurement, Status, Summary, Table, unmeasured
from vlitqa.results.evidence import EvidenceRow, TypedEvidence, all_evidence_of

_TOP = 20
"""Verbs that are shown."""


class InstructionElements(EvidenceRow, frozen=True, kw_only=True):
    """The elements, the tokens, the objects and the predicates of one instruction."""

    elements: int
    tokens: int
    objects: int
    different_objects: int
    predicates: str = ""
    """The base forms of its verbs, parted by spaces."""


class ElementsEvidence(TypedEvidence, frozen=True, kw_only=True):
    """The instructions of a record."""

    turns: Sequence[InstructionElements]
    group: str
    unit: str
    """The parser's definition of an element."""
    object_unit: str
    """The parser's definition of an object."""
    unread: int = 0
    """Further instructions, in a script that the parser does not read."""


@dataclass(frozen=True)
class Elements:
    """Number of objects that an instruction is about, and of its semantic elements.

    Measures: in a record, the mean number of objects of its instructions; in the dataset, the mean over instructions.
    Objects are the things that it names, such as dogs and umbrellas. Semantic elements are actions and features too.
    Reads: instructions, through the semantic parser.
    Range: 0 and up, more is more complex.
    Caveats: the unit depends on the parser and stands beside the figure: numbers of HanLP and of the chunk parser's
    proxy are not comparable. `original` counts an object as often as it is named; `sound` counts a noun once in an
    instruction, so that repetition adds nothing, and takes a red and a blue car for one. Both parsers look for English
    words: an instruction whose letters are not Latin is left out. The number of elements grows with the length of an
    instruction. Their number in 100 tokens is highest for short instructions: it shows how dense they are, and no
    complexity. `predicate verbs` is the number of different verbs among 300 instructions, `be` left out, which others
    count to see how varied instructions are; the review prefers clusters, because nouns count too.
    Source: the review, section 4.2.3 and Table 4, where the number of objects stands.
    """

    card: ClassVar[Card] = Card(
        name="elements",
        version=3,
        headline=FigureName("objects of an instruction", "original"),
        principle=Principle.OBJECT_COMPLEXITY,
        sentence="An instruction names {value} object{s}, on average.",
        symbol="O/G",
        misleading={
            FigureName(
                "elements in 100 tokens", "sound"
            ): "short instructions have more in 100 tokens than complex ones"
        },
        follows_length=(FigureName("elements of an instruction", "original"),),
        counts="objects of an instruction",
        tools=("parser",),
    )
    evidence: ClassVar[type[TypedEvidence]] = ElementsEvidence
    budget: int = 300
    """Instructions of which predicate verbs are counted."""
    seed: int = 0

    def __post_init__(self) -> None:
        check_parameters(self, counts=("budget",))

    def measure(self, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
        """Counts the objects and elements of the instructions."""
        texts = [turn.instruction or "" for record in records for turn in record.turns]
        parsed = iter(tools.parser.count(texts))
        units = tools.parser.unit, tools.parser.object_unit
        return [_measured(record, [next(parsed) for _ in record.turns], *units) for record in records]

    def combine(self, measurements: Iterable[Measurement], _context: Context = ALONE) -> Summary:
        """Takes the means of the objects, of the elements, and of their number by hundred tokens."""
        measurements = list(measurements)
        parsed = turns_of(measurements, ElementsEvidence, lambda evidence: evidence.turns)
        evidence = all_evidence_of([one for one in measurements if one.value is not None], ElementsEvidence)
        objects = Figure.without(
            "objects of an instruction",
            "original",
            parsed.why_none("no instruction was read"),
            direction="up",
            left_out=parsed.left_out,
            unit=", ".join(sorted({record.object_unit for record in evidence})),
        )
        different = replace(objects, variant="sound")
        unit = ", ".join(sorted({record.unit for record in evidence}))
        elements = replace(objects, name="elements of an instruction", unit=unit)
        density = replace(elements, name="elements in 100 tokens", variant="sound", direction="none")
        return Summary(
            (
                with_mean(objects, parsed.values(lambda turn: float(turn.objects)), self.seed),
                with_mean(different, parsed.values(lambda turn: float(turn.different_objects)), self.seed),
                with_mean(elements, parsed.values(lambda turn: float(turn.elements)), self.seed),
                with_mean(density, parsed.values(_elements_in_100_tokens), self.seed),
                self._predicate_verbs(replace(different, name="predicate verbs", unit=""), parsed),
            ),
            tables=_frequent_verbs(parsed),
        )

    def _predicate_verbs(self, blank: Figure, parsed: GroupedTurns[InstructionElements]) -> Figure:
        """The figure with the number of different verbs in a draw of instructions."""
        verbs = [turn.predicates.split() for turn in parsed.turns]
        drawn = subsample(
            lambda places: float(len({verb for place in places.tolist() for verb in verbs[place]})),
            parsed.grouping(),
            self.budget,
            self.seed,
        )
        if drawn is None:
            few = f"{len(verbs):,} instructions are fewer than {self.budget:,}"
            return replace(blank, reason=few if verbs else blank.reason)
        unit = f"among {self.budget:,} instructions"
        return replace(blank, value=drawn.mean, interval=drawn.interval, measured=len(verbs), unit=unit, reason="")


def _frequent_verbs(parsed: GroupedTurns[InstructionElements]) -> tuple[Table, ...]:
    """The verbs that most instructions have."""
    counts = Counter(verb for turn in parsed.turns for verb in set(turn.predicates.split()))
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_TOP]
    rows = tuple((verb, count, count / len(parsed.turns)) for verb, count in most)
    return (Table("verbs of instructions", ("verb", "instructions", "share of instructions"), rows),) if rows else ()


def _counts_of(count: ElementCount) -> InstructionElements:
    return InstructionElements(
        elements=count.elements,
        tokens=count.tokens,
        objects=len(count.objects),
        different_objects=len(set(count.objects)),
        predicates=" ".join(count.predicates),
    )


def _elements_in_100_tokens(turn: InstructionElements) -> float | None:
    return 100 * turn.elements / turn.tokens if turn.tokens else None


def _measured(record: Record, parsed: Sequence[ElementCount], unit: str, object_unit: str) -> Measurement:
    counts = [
        count for turn, count in zip(record.turns, parsed, strict=True) if turn.instruction and turn.instruction.strip()
    ]
    if not counts:
        return unmeasured(record, Status.EMPTY_TEXT, "the record has no instruction")
    turns = [_counts_of(count) for count in counts if count.is_read]
    if not turns:
        return unmeasured(record, Status.NOT_APPLICABLE, "the parser does not read the script of the instruction")
    mean = sum(turn.objects for turn in turns) / len(turns)
    evidence = ElementsEvidence(
        turns=turns,
        group=group_of(record),
        unit=unit,
        object_unit=object_unit,
        unread=len(counts) - len(turns),
    )
    return Measurement(mean, Status.OK, "", msgspec.to_builtins(evidence), record.place, record.id)
