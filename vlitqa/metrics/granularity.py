"""Granularity of what instructions are about: whole images, regions, or several images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import msgspec

from vlitqa.algorithms.regions import count_regions
from vlitqa.contracts import ALONE, Card, Context, FigureName
from vlitqa.contracts.tools import Tools
from vlitqa.metrics.grouped_turns import GroupedTurns, group_of, turns_of, with_mean
from vlitqa.records import Record
from vlitqa.results import Figure, Measurement, Status, Summary, Table, unmeasured
from vlitqa.results.evidence import EvidenceRow, TypedEvidence


class InstructionScope(EvidenceRow, frozen=True):
    """The regions that a turn points at, and the images that its instruction can be about."""

    regions: int
    images: int

    @property
    def is_global(self) -> bool:
        """True for an instruction about one image as a whole."""
        return not self.regions and self.images == 1


class GranularityEvidence(TypedEvidence, frozen=True, kw_only=True):
    """The instructions of a record that have an image."""

    turns: Sequence[InstructionScope]
    group: str


_KINDS: Mapping[str, Callable[[InstructionScope], bool]] = {
    "global instructions": lambda turn: turn.is_global,
    "regional instructions": lambda turn: turn.regions > 0,
    "instructions about several regions": lambda turn: turn.regions > 1,
    "instructions about several images": lambda turn: turn.images > 1,
}


@dataclass(frozen=True)
class Granularity:
    """Share of instructions that are about one image as a whole, about regions of it, and about several images.

    Measures: in a record, the share of instructions that are finer or wider than one whole image; in the dataset, the
    shares of the kinds. An instruction about regions of several images is of two kinds.
    Reads: instructions and responses, and the images that belong to them. No pixels and no model.
    Range: 0 to 1; neither more nor less is better, and data of one kind alone is poor.
    Caveats: a region is a box, a point or a mark that the instruction or its response spells out, such as `[0.1, 0.2,
    0.5, 0.9]`, `<ref>`, `<region1>` or `[SEG]`. Words alone, such as `the dog on the left`, are global. Four numbers
    in brackets count as a box, whatever they mean. An instruction is about all images up to its turn; a video
    counts as one. Instructions before the first image are left out.
    Source: the review, Principle 6 and the columns G, R and I of Table 2, which say only whether a dataset has a kind.
    """

    card: ClassVar[Card] = Card(
        name="granularity",
        version=1,
        headline=FigureName("regional instructions", "sound"),
        shares={
            "global instructions": "of instructions are about one image as a whole",
            "regional instructions": "of instructions point at a region, or their responses do",
            "instructions about several regions": "of instructions point at more than one region",
            "instructions about several images": "of instructions are about more than one image",
        },
        counts="instructions about regions or several images",
        highest=1.0,
        better="none",
    )
    evidence: ClassVar[type[TypedEvidence]] = GranularityEvidence

    def measure(self, records: Sequence[Record], _tools: Tools) -> Sequence[Measurement]:
        """Counts the regions and images of the instructions."""
        return [_measured(record) for record in records]

    def combine(self, measurements: Iterable[Measurement], _context: Context = ALONE) -> Summary:
        """Takes the share of each kind."""
        scopes = turns_of(measurements, GranularityEvidence, lambda evidence: evidence.turns)
        figures = tuple(_share(name, is_kind, scopes) for name, is_kind in _KINDS.items())
        return Summary(figures, tables=(_table_of_kinds(scopes),) if scopes.turns else ())


def _measured(record: Record) -> Measurement:
    instructions = [bool(turn.instruction and turn.instruction.strip()) for turn in record.turns]
    if not any(instructions):
        return unmeasured(record, Status.EMPTY_TEXT, "the record has no instruction")
    images = _images_up_to(record)
    turns = [
        InstructionScope(max(_regions(turn.instruction, turn.response), len(record.regions)), seen)
        for turn, is_asked, seen in zip(record.turns, instructions, images, strict=True)
        if is_asked and seen
    ]
    if not turns:
        return unmeasured(record, Status.NOT_APPLICABLE, "no instruction has an image")
    share = sum(not turn.is_global for turn in turns) / len(turns)
    evidence = GranularityEvidence(turns=turns, group=group_of(record))
    return Measurement(share, Status.OK, "", msgspec.to_builtins(evidence), record.place, record.id)


def _regions(instruction: str | None, response: str | None) -> int:
    return count_regions([text for text in (instruction, response) if text])


def _images_up_to(record: Record) -> list[int]:
    """Of each instruction, the images in it and before it; an image without a turn is before all."""
    placed = sum(record.seen(turn.instruction_images) + record.seen(turn.response_images) for turn in record.turns)
    before = max(0, record.seen() - placed)
    counts = []
    for turn in record.turns:
        counts.append(before + record.seen(turn.instruction_images))
        before = counts[-1] + record.seen(turn.response_images)
    return counts


def _share(name: str, is_kind: Callable[[InstructionScope], bool], scopes: GroupedTurns[InstructionScope]) -> Figure:
    """The share of instructions of a kind."""
    reason = scopes.why_none("no instruction was counted")
    blank = Figure.without(name, "sound", reason, left_out=scopes.left_out)
    return with_mean(blank, scopes.values(lambda turn: float(is_kind(turn))), 0)


def _table_of_kinds(scopes: GroupedTurns[InstructionScope]) -> Table:
    """The instructions of each kind, every one in one kind."""
    counts = Counter((min(turn.images, 2), min(turn.regions, 2)) for turn in scopes.turns)
    names = {
        (1, 0): "one image as a whole",
        (1, 1): "one region",
        (1, 2): "several regions",
        (2, 0): "several images as a whole",
        (2, 1): "one region of several images",
        (2, 2): "several regions of several images",
    }
    total = len(scopes.turns)
    rows = tuple((name, counts[kind], counts[kind] / total) for kind, name in names.items() if counts[kind])
    return Table("granularity of instructions", ("about", "instructions", "share"), rows)
