"""Diversity of tasks: the labels that the instructions of a dataset get."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import msgspec
import numpy as np

from vlitqa.algorithms.arrays import Ints, Vectors
from vlitqa.algorithms.hill import chao1, coverage, rarefied_hill
from vlitqa.algorithms.resampling import subsample
from vlitqa.algorithms.tag_vocabulary import build_vocabulary, nearest_tags, rank_tags
from vlitqa.contracts import ALONE, Card, Context, FigureName, Fit, Principle
from vlitqa.contracts.tools import Tools
from vlitqa.errors import UsageError
from vlitqa.metrics.parameters import check_parameters
from vlitqa.records import Record
from vlitqa.results import Figure, Measurement, Status, Summary, Table, unmeasured
from vlitqa.results.evidence import TypedEvidence, evidence_of

_GENERATIVE, _SELECTIVE = "generative", "selective"
_OFFERED = 10
"""Labels from which the tagger may choose, as in TagGPT."""
_TOP, _DRAWS = 20, 20
_BY_VOCABULARY = (
    "task labels",
    "task labels of order 1",
    "task labels of order 2",
    "task labels, unseen too",
    "coverage of tasks",
)
_WHY_NOT_BY_VOCABULARY = "it grows with the number of records, because a label needs three instructions"


class TasksEvidence(TypedEvidence, frozen=True, kw_only=True):
    """The tags of a record."""

    tags: Sequence[Sequence[str]]
    """Of each turn."""
    asked: int
    """Turns with an instruction."""
    texts: Sequence[str] | None = None
    """The instruction of each turn, where labels are chosen by the tagger."""


@dataclass(frozen=True)
class Tasks:
    """Tasks that the instructions ask for, and their number, as labels made from the data itself.

    Measures: in a record, the number of different tags that the tagger proposed for its instructions; in the dataset,
    the number of labels of a vocabulary that all datasets of a run share.
    Reads: instructions. The tagger proposes tags. Tags that occur less than three times are dropped, then tags that
    mean nearly the same as a more frequent one. An instruction has the labels near its own tags
    (`assignment=generative`), or those that the tagger chooses among the ten nearest to it (`selective`).
    Range: 0 and up, more is more varied.
    Caveats: `original` is the number of labels, which grows with the dataset. `sound` is the number expected among the
    same number of labelled instructions (Hill numbers of order 0, 1 and 2: the higher the order, the less rare labels
    count). It still grows with the dataset: a tag must come three times to become a label, whatever the size. For the
    same reason `unseen too` is the number of labels, and `coverage` 1, for a dataset scored alone. Do not rank datasets
    by them. Labels depend on the tagger, and on the datasets that are scored together.
    Source: the review, section 4.2.3; TagGPT, and its published main.py for the thresholds; Chao et al. 2014.
    """

    card: ClassVar[Card] = Card(
        name="tasks",
        version=1,
        headline=FigureName("task labels", "original"),
        principle=Principle.TASK_DIVERSITY,
        symbol="T",
        misleading=dict.fromkeys((FigureName(name, "sound") for name in _BY_VOCABULARY), _WHY_NOT_BY_VOCABULARY),
        follows_size=(FigureName("task labels", "original"),),
        fitted=(FigureName("task labels", "original"), FigureName("labelled instructions", "sound")),
        shares={
            "coverage of tasks": "of the labels of further instructions would be known ones",
            "labelled instructions": "of instructions have a label",
        },
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
                evidence = evidence_of(measurement, TasksEvidence)
                counts.update(tag for tags in evidence.tags for tag in dict.fromkeys(tags))
                texts.update(filter(str.strip, evidence.texts or ()))
        names = sorted(counts)
        vectors = dict(zip(names, tools.sentences.encode(names), strict=True)) if names else {}
        covered = rank_tags(counts, self.min_count)
        labels = build_vocabulary(covered, _stacked([vectors[tag] for tag in covered]), self.redundant).tags
        label_vectors = _stacked([vectors[label] for label in labels])
        if self.assignment == _SELECTIVE:
            return {"labels": list(labels), "of": _chosen(sorted(texts), labels, label_vectors, tools)}
        near = nearest_tags(_stacked([vectors[tag] for tag in names]), label_vectors, self.near, 5)
        labels_of = {
            tag: [labels[place] for place in places] for tag, places in zip(names, near, strict=True) if places
        }
        return {"labels": list(labels), "of": labels_of}

    def combine(self, measurements: Iterable[Measurement], context: Context = ALONE) -> Summary:
        """Gives each instruction its labels, and counts them."""
        labels_of = context.fit.get("of", {})
        labels: dict[int, list[tuple[str, ...]]] = {}
        left_out: Counter[str] = Counter()
        asked = 0
        for measurement in sorted(measurements, key=lambda measurement: measurement.place.row):
            if measurement.value is None:
                left_out[measurement.status.value] += 1
                continue
            evidence = evidence_of(measurement, TasksEvidence)
            labels[measurement.place.row] = _labels(evidence, labels_of)
            asked += evidence.asked
        labelled = [turn for turns in labels.values() for turn in turns if turn]
        counts = Counter(label for turn in labelled for label in turn)
        top = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_TOP]
        return Summary(
            self._figures(labelled, asked, dict(left_out)),
            tables=(Table("task labels given most often", ("label", "instructions"), tuple(top)),) if top else (),
            counts={"vocabulary": len(context.fit.get("labels", ()))},
            labels=labels,
        )

    def _figures(self, labelled: Sequence[tuple[str, ...]], asked: int, left_out: dict[str, int]) -> tuple[Figure, ...]:
        """The figures of the labels of each instruction that has any."""
        numbers = {label: place for place, label in enumerate(sorted({label for turn in labelled for label in turn}))}
        counts = np.bincount([numbers[label] for turn in labelled for label in turn], minlength=len(numbers))
        number = Figure(
            "task labels",
            "original",
            float(len(numbers)) if labelled else None,
            direction="up",
            measured=len(labelled),
            left_out=left_out,
            reason="" if labelled else "no instruction has a label",
        )
        sound = replace(number, variant="sound", value=None)
        figures = [number, self._rarefied([[numbers[label] for label in turn] for turn in labelled], sound)]
        for order in (1, 2):
            value = rarefied_hill(counts, self.budget, order, records=len(labelled)) if labelled else None
            figure = replace(sound, name=f"task labels of order {order}", value=value)
            figures.append(_with_reason(figure, self._too_few(len(labelled))))
        for name, value in (("task labels, unseen too", chao1(counts)), ("coverage of tasks", coverage(counts))):
            figures.append(_with_reason(replace(sound, name=name, value=value), "too few labels"))
        share = len(labelled) / asked if asked else None
        reason = "" if asked else "there are no instructions"
        figures.append(Figure("labelled instructions", "sound", share, direction="up", measured=asked, reason=reason))
        return tuple(figures)

    def _rarefied(self, labelled: Sequence[Sequence[int]], figure: Figure) -> Figure:
        """The number of labels that are expected among so many instructions, each with all its labels."""

        def different(places: Ints) -> float:
            return float(len({label for place in places for label in labelled[place]}))

        unit = f"among {self.budget:,} instructions"
        drawn = subsample(different, len(labelled), self.budget, _DRAWS, self.seed) if labelled else None
        if drawn is None:
            return replace(figure, reason=self._too_few(len(labelled)), unit=unit)
        return replace(figure, value=drawn.mean, interval=drawn.interval, reason="", unit=unit)

    def _too_few(self, count: int) -> str:
        return f"{count:,} labelled instructions are fewer than {self.budget:,}"


def _chosen(texts: Sequence[str], labels: Sequence[str], vectors: Vectors, tools: Tools) -> dict[str, list[str]]:
    """By instruction: the labels that the tagger chooses among those that are nearest to it."""
    if not texts or not labels:
        return {}
    near = nearest_tags(tools.sentences.encode(texts), vectors, -2.0, _OFFERED)
    choices = tools.tagger.choose(texts, [[labels[place] for place in places] for places in near])
    return {text: list(choice) for text, choice in zip(texts, choices, strict=True) if choice}


def _labels(evidence: TasksEvidence, labels_of: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    """The labels of each turn: those of its tags, or those that were chosen for its instruction."""
    keys = evidence.tags if evidence.texts is None else [[text] for text in evidence.texts]
    return [tuple(dict.fromkeys(label for key in turn for label in labels_of.get(key, ()))) for turn in keys]


def _with_reason(figure: Figure, reason: str) -> Figure:
    """A figure with the reason why it has no value, unless it has one already."""
    return replace(figure, reason="" if figure.value is not None else figure.reason or reason)


def _measured(record: Record, tags: Sequence[Sequence[str]], *, selective: bool) -> Measurement:
    asked = sum(bool(turn.instruction and turn.instruction.strip()) for turn in record.turns)
    if not asked:
        return unmeasured(record, Status.EMPTY_TEXT, "the record has no instruction")
    different = {tag for turn in tags for tag in turn}
    texts = [turn.instruction or "" for turn in record.turns] if selective else None
    evidence = msgspec.to_builtins(TasksEvidence(tags=tags, asked=asked, texts=texts))
    return Measurement(float(len(different)), Status.OK, "", evidence, record.place, record.id)


def _stacked(vectors: Sequence[Vectors]) -> Vectors:
    return np.stack(vectors) if vectors else np.empty((0, 0), np.float32)
