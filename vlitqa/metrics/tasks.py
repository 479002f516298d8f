"""Diversity of tasks: the labels that the instructions of a dataset get."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import msgspec
import numpy as np

from vlitqa.algorithms.arrays import Ints, Vectors
from vlitqa.algorithms.hill import hill_number
from vlitqa.algorithms.resampling import subsample
from vlitqa.algorithms.scripts import is_in_latin_letters
from vlitqa.algorithms.tag_vocabulary import build_vocabulary, nearest_tags, rank_tags
from vlitqa.contracts import ALONE, Card, Context, FigureName, Fit, Principle
from vlitqa.contracts.tools import Tools
from vlitqa.errors import UsageError
from vlitqa.metrics.grouped_turns import GroupedTurns, group_of, turns_of, with_mean
from vlitqa.metrics.parameters import check_parameters
from vlitqa.records import Record
from vlitqa.results import Figure, Labels, Measurement, Status, Summary, Table, unmeasured
from vlitqa.results.evidence import EvidenceRow, TypedEvidence, evidence_of

_GENERATIVE, _SELECTIVE = "generative", "selective"
_OFFERED = 10
"""Labels from which the tagger may choose, as in TagGPT."""
_TOP = 20
_ORDERS = {0: "task labels", 1: "task labels of order 1", 2: "task labels of order 2"}
"""Names of the figures by the order of their Hill number."""


class InstructionTags(EvidenceRow, frozen=True):
    """The tags of the instruction of a turn."""

    turn: int
    tags: Sequence[str]
    text: str | None = None
    """The instruction, where labels are chosen by the tagger."""


class TasksEvidence(TypedEvidence, frozen=True, kw_only=True):
    """The instructions of a record that has so many turns."""

    turns: Sequence[InstructionTags]
    count: int
    group: str


@dataclass(frozen=True)
class Tasks:
    """Tasks that the instructions ask for, and their number, as labels made from the data itself.

    Measures: in a record, the number of different tags that the tagger proposed for its instructions; in the dataset,
    the number of labels of a vocabulary that all datasets of a run share.
    Reads: instructions. The tagger proposes tags. Tags that occur less than three times are dropped, then tags that
    mean nearly the same as a more frequent one. An instruction has the labels near its own tags
    (`assignment=generative`), or those that the tagger chooses among the ten nearest to it (`selective`).
    Range: 0 and up, more is more varied.
    Caveats: `original` is the number of labels. It grows with the dataset, because a tag must come three times to
    become a label, whatever the size. `sound` drops no tag for being rare: tags that mean nearly the same are one, and
    it counts those of 300 instructions, drawn in whole records. Of order 1 and 2 (Hill numbers) rare ones count less.
    Tags depend on the tagger: compare only what one tagger tagged.
    Source: the review, section 4.2.3; TagGPT, and its published main.py for the thresholds; Chao et al. 2014.
    """

    card: ClassVar[Card] = Card(
        name="tasks",
        version=3,
        headline=FigureName("task labels", "sound"),
        principle=Principle.TASK_DIVERSITY,
        sentence="{budget} instructions carry {value} different task label{s}, such as a verb and its object.",
        symbol="T",
        follows_size=(FigureName("task labels", "original"),),
        fitted=(FigureName("task labels", "original"),),
        shares={"tagged instructions": "of instructions have a tag"},
        counts="different tags",
        tools=("tagger", "sentences"),
        labels=True,
    )
    evidence: ClassVar[type[TypedEvidence]] = TasksEvidence
    min_count: int = 3
    """Coverage: how often a tag must have come."""
    redundant: float = 0.95
    """Redundancy: the cosine over which the rarer of two tags is dropped."""
    near: float = 0.9
    """The cosine to a tag over which its label is given."""
    assignment: str = _GENERATIVE
    """Or `selective`."""
    budget: int = 300
    """Labelled instructions that `sound` draws."""
    seed: int = 0

    def __post_init__(self) -> None:
        check_parameters(self, counts=("min_count", "budget"), shares=("redundant", "near"))
        if self.assignment not in (_GENERATIVE, _SELECTIVE):
            raise UsageError(f"tasks.assignment is {_GENERATIVE} or {_SELECTIVE}, not {self.assignment!r}.")

    def measure(self, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
        """Lets the tagger think of tags for each instruction."""
        texts = [turn.instruction or "" for record in records for turn in record.turns]
        tags = iter(tools.tagger.candidates(texts))
        selective = self.assignment == _SELECTIVE
        return [_measured(record, [list(next(tags)) for _ in record.turns], selective=selective) for record in records]

    def fit(self, measurements: Iterable[Measurement], tools: Tools) -> Fit:
        """Makes the vocabulary that all datasets share, and chooses the labels of each tag or of each instruction."""
        counts: Counter[str] = Counter()
        texts: set[str] = set()
        for measurement in measurements:
            if measurement.evidence:
                for turn in evidence_of(measurement, TasksEvidence).turns:
                    counts.update(set(turn.tags))
                    texts.update([turn.text] if turn.text else [])
        names = rank_tags(counts, 1)
        vectors = tools.sentences.encode(names) if names else np.empty((0, 0), np.float32)
        every = build_vocabulary(names, vectors, self.redundant)
        frequent = len(rank_tags(counts, self.min_count))  # the first so many
        labels = build_vocabulary(names[:frequent], vectors[:frequent], self.redundant).tags
        places = {tag: place for place, tag in enumerate(names)}
        label_vectors = vectors[np.array([places[label] for label in labels], np.int64)]
        same = {other: tag for tag, others in every.contains.items() for other in others}
        if self.assignment == _SELECTIVE:
            labels_of = _chosen(sorted(texts), labels, label_vectors, tools)
        else:
            near = nearest_tags(vectors, label_vectors, self.near, 5)
            labels_of = {
                tag: [labels[place] for place in chosen] for tag, chosen in zip(names, near, strict=True) if chosen
            }
        return {"labels": list(labels), "of": labels_of, "same": same}

    def combine(self, measurements: Iterable[Measurement], context: Context = ALONE) -> Summary:
        """Gives each instruction its labels, and counts them."""
        measurements = list(measurements)
        labels_of, same = context.fit.get("of", {}), context.fit.get("same", {})
        instructions = turns_of(measurements, TasksEvidence, lambda evidence: evidence.turns)
        labelled = [labels for turn in instructions.turns if (labels := _labels(turn, labels_of))]
        counts = Counter(label for labels in labelled for label in labels)
        number = Figure(
            "task labels",
            "original",
            float(len(counts)) if labelled else None,
            direction="up",
            measured=len(labelled),
            left_out=instructions.left_out,
            reason="" if labelled else "no instruction has a label",
        )
        top = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_TOP]
        return Summary(
            (number, *self._sound(instructions, same, replace(number, variant="sound", value=None))),
            tables=(Table("task labels given most often", ("label", "instructions"), tuple(top)),) if top else (),
            counts={"vocabulary": len(context.fit.get("labels", ()))},
            labels=_by_row(measurements, lambda turn: _labels(turn, labels_of)),
            tags=_by_row(measurements, lambda turn: _tags(turn, same)),
        )

    def _sound(
        self, instructions: GroupedTurns[InstructionTags], same: Mapping[str, str], blank: Figure
    ) -> Iterator[Figure]:
        """The figures of tags, of which those that mean the same are one, at an equal number of instructions."""
        tagged = instructions.where(lambda turn: bool(turn.tags))
        tags = [_tags(turn, same) for turn in tagged.turns]
        numbers = {tag: place for place, tag in enumerate(sorted({tag for of_turn in tags for tag in of_turn}))}
        places = [np.array([numbers[tag] for tag in of_turn], np.int64) for of_turn in tags]
        few = f"{len(tags):,} instructions with a tag are fewer than {self.budget:,}"
        blank = replace(blank, measured=len(tags), unit=f"among {self.budget:,} instructions")
        for order, name in _ORDERS.items():

            def different(drawn: Ints, order: int = order) -> float:
                return hill_number(np.bincount(np.concatenate([places[place] for place in drawn])), order) or 0.0

            drawn = subsample(different, tagged.grouping(), self.budget, self.seed)
            figure = replace(blank, name=name, reason=few)
            yield replace(figure, value=drawn.mean, interval=drawn.interval, reason="") if drawn else figure
        share = replace(blank, name="tagged instructions", reason="there are no instructions", unit="")
        yield with_mean(share, instructions.values(lambda turn: float(bool(turn.tags))), self.seed)


def _chosen(texts: Sequence[str], labels: Sequence[str], vectors: Vectors, tools: Tools) -> dict[str, list[str]]:
    """By instruction: the labels that the tagger chooses among those that are nearest to it."""
    if not texts or not labels:
        return {}
    near = nearest_tags(tools.sentences.encode(texts), vectors, -2.0, _OFFERED)
    choices = tools.tagger.choose(texts, [[labels[place] for place in places] for places in near])
    return {text: list(choice) for text, choice in zip(texts, choices, strict=True) if choice}


def _labels(turn: InstructionTags, labels_of: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The labels of an instruction: those of its tags, or those that were chosen for it."""
    keys = turn.tags if turn.text is None else [turn.text]
    return tuple(dict.fromkeys(label for key in keys for label in labels_of.get(key, ())))


def _tags(turn: InstructionTags, same: Mapping[str, str]) -> tuple[str, ...]:
    """The tags of an instruction, of which those that mean the same are one."""
    return tuple(sorted({same.get(tag, tag) for tag in turn.tags}))


def _by_row(measurements: Iterable[Measurement], labels_of: Callable[[InstructionTags], tuple[str, ...]]) -> Labels:
    """The labels of every turn of the rows that have an instruction."""
    labels: dict[int, list[tuple[str, ...]]] = {}
    for measurement in measurements:
        if measurement.value is not None:
            evidence = evidence_of(measurement, TasksEvidence)
            of_row: list[tuple[str, ...]] = [()] * evidence.count
            for turn in evidence.turns:
                of_row[turn.turn] = labels_of(turn)
            labels[measurement.place.row] = of_row
    return dict(sorted(labels.items()))


def _measured(record: Record, tags: Sequence[Sequence[str]], *, selective: bool) -> Measurement:
    turns = [
        InstructionTags(position, of_turn, turn.instruction if selective else None)
        for position, (turn, of_turn) in enumerate(zip(record.turns, tags, strict=True))
        if turn.instruction and turn.instruction.strip()
    ]
    if not turns:
        return unmeasured(record, Status.EMPTY_TEXT, "the record has no instruction")
    different = {tag for turn in turns for tag in turn.tags}
    if not different and not any(is_in_latin_letters(record.turns[turn.turn].instruction or "") for turn in turns):
        return unmeasured(record, Status.NOT_APPLICABLE, "the tagger names no task in the script of the record")
    evidence = TasksEvidence(turns=turns, count=len(record.turns), group=group_of(record))
    value = float(len(different))
    return Measurement(value, Status.OK, "", msgspec.to_builtins(evidence), record.place, record.id)
