"""Diversity of instructions: clusters of their words, task by task."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import msgspec
import numpy as np

from vlitqa.algorithms.arrays import Ints, Vectors
from vlitqa.algorithms.cooccurrence import Graph, cooccurrence
from vlitqa.algorithms.ego_splitting import WordClusters, cluster_by_components, cluster_by_label_propagation
from vlitqa.algorithms.ngrams import Corpus
from vlitqa.algorithms.packed_vectors import pack_vector, unpack_vectors
from vlitqa.algorithms.resampling import subsample
from vlitqa.algorithms.vendi import VendiState
from vlitqa.algorithms.words import content_words
from vlitqa.contracts import ALONE, Card, Context, FigureName, Principle
from vlitqa.contracts.tools import Tools
from vlitqa.metrics.parameters import check_parameters
from vlitqa.records import Record
from vlitqa.results import Figure, Labels, Measurement, Status, Summary, Table, unmeasured
from vlitqa.results.evidence import InstructionsEvidence, InstructionWords, TypedEvidence, evidence_of

_DRAWS = 20
_TOP = 10
_WHY_NOT_BY_CLUSTERS = "more varied instructions can have fewer clusters"


@dataclass(frozen=True)
class Instructions:
    """Variety of wording among the instructions of one task: clusters of words that are used together.

    Measures: in a record, the number of different content words of its instructions; in the dataset, the mean over task
    labels of the number of clusters in a graph in which the words of one instruction are neighbours.
    Reads: instructions without stop words, and the labels of `tasks`.
    Range: 0 and up, more is more varied.
    Caveats: an instruction is a clique of its words. With some hundred instructions one cluster therefore holds most
    words, and the number falls as instructions grow richer. `degenerate labels` says for how many labels one cluster
    holds over half of the words; if it is high, the count says nothing. `sound` counts clusters of at least five words
    at an equal number of instructions, also by label propagation, which splits the giant cluster. The Vendi score is
    the number of entirely different instructions with the same variety; compare datasets by it.
    Source: the review, section 4.2.3; Ego-Splitting (Epasto et al. 2017); the Vendi score (Friedman & Dieng 2023).
    """

    card: ClassVar[Card] = Card(
        name="instructions",
        version=1,
        headline=FigureName("Vendi score of instructions", "sound"),
        principle=Principle.INSTRUCTION_DIVERSITY,
        symbol="I",
        in_table_4="instruction clusters",
        misleading={
            FigureName("instruction clusters", "original"): _WHY_NOT_BY_CLUSTERS,
            FigureName("instruction clusters", "sound"): _WHY_NOT_BY_CLUSTERS,
            FigureName("clusters by propagation", "sound"): "other spellings of the same words give other clusters",
        },
        shares={"degenerate labels": "of labels have one cluster with over half of the words"},
        counts="different content words",
        tools=("sentences",),
        reads=("tasks",),
        labels=True,
    )
    evidence: ClassVar[type[TypedEvidence]] = InstructionsEvidence
    min_size: int = 5
    degree_cap: int = 2_000
    budget: int = 300
    """Instructions that `sound` draws."""
    seed: int = 0

    def __post_init__(self) -> None:
        check_parameters(self, counts=("min_size", "degree_cap", "budget"))

    def measure(self, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
        """Counts the content words of the instructions, and keeps their vectors."""
        texts = [turn.instruction or "" for record in records for turn in record.turns]
        vectors = iter(tools.sentences.encode(texts))
        return [_measured(record, [next(vectors) for _ in record.turns]) for record in records]

    def combine(self, measurements: Iterable[Measurement], context: Context = ALONE) -> Summary:
        """Clusters the words task by task."""
        instructions = _Instructions(measurements, context.labels.get("tasks", {}))
        size = len(instructions.words)
        if not size:
            none = Figure.without("instruction clusters", "original", "no record has an instruction", direction="up")
            return Summary((none,))
        clusters: dict[str, WordClusters] = {}
        for label, places in instructions.by_label().items():
            graph = instructions.graph(places)
            clusters[label] = cluster_by_components(graph, self.min_size)
            instructions.assign(label, places, graph, clusters[label])
        count = Figure(
            "instruction clusters",
            "original",
            float(np.mean([label_clusters.count for label_clusters in clusters.values()])) if clusters else None,
            direction="up",
            measured=size,
            left_out=dict(instructions.left_out),
            reason="" if clusters else "no instruction has a label",
            unit="mean over labels",
        )
        drawn = replace(count, variant="sound", value=None, unit="")
        propagated = replace(drawn, name="clusters by propagation")
        figures = (
            count,
            self._drawn(drawn, size, self._large(cluster_by_components, instructions)),
            self._drawn(propagated, size, self._large(cluster_by_label_propagation, instructions)),
            _degenerate(clusters, drawn),
            self._drawn(replace(drawn, name="Vendi score of instructions"), size, instructions.vendi_score),
        )
        return Summary(figures, tables=_largest(clusters), labels=instructions.clusters)

    def _drawn(self, figure: Figure, size: int, count: Callable[[Ints], float]) -> Figure:
        """A figure at an equal number of instructions."""
        drawn = subsample(count, size, self.budget, _DRAWS, self.seed)
        if drawn is None:
            return replace(figure, reason=f"{size:,} instructions are fewer than {self.budget:,}")
        unit = f"among {self.budget:,} instructions"
        return replace(figure, value=drawn.mean, interval=drawn.interval, unit=unit, reason="")

    def _large(
        self, cluster: Callable[[Graph, int], WordClusters], instructions: _Instructions
    ) -> Callable[[Ints], float]:
        """Counts the large clusters of instructions at some places."""

        def count(places: Ints) -> float:
            return float(cluster(instructions.graph(places, self.degree_cap), self.min_size).large)

        return count


class _Instructions:
    """The instructions of a dataset: their words, vectors and labels."""

    def __init__(self, measurements: Iterable[Measurement], labels: Labels) -> None:
        self.words: list[list[str]] = []
        self.left_out: Counter[str] = Counter()
        self.clusters: dict[int, list[tuple[str, ...]]] = {}
        """By row, the clusters in which each of its instructions lies."""
        self._labels: list[tuple[str, ...]] = []
        self._places: list[tuple[int, int]] = []
        vectors: list[str] = []
        for measurement in sorted(measurements, key=lambda measurement: measurement.place.row):
            if measurement.value is None:
                self.left_out[measurement.status.value] += 1
                continue
            row = measurement.place.row
            labels_by_turn = labels.get(row, ())
            for instruction in evidence_of(measurement, InstructionsEvidence).turns:
                turn = instruction.turn
                self._places.append((row, turn))
                self.words.append(instruction.words.split())
                self._labels.append(labels_by_turn[turn] if turn < len(labels_by_turn) else ())
                vectors.append(instruction.vector)
        self._vectors: Vectors = unpack_vectors(vectors)
        numbers = {word: number for number, word in enumerate(sorted({word for words in self.words for word in words}))}
        ids = [numbers[word] for words in self.words for word in words]
        self._corpus = Corpus(np.array(ids, np.int64), np.array([len(words) for words in self.words], np.int64))

    def by_label(self) -> dict[str, Ints]:
        """The places of the instructions of each label."""
        places: defaultdict[str, list[int]] = defaultdict(list)
        for place, labels in enumerate(self._labels):
            for label in labels:
                places[label].append(place)
        return {label: np.array(places[label]) for label in sorted(places)}

    def assign(self, label: str, places: Ints, graph: Graph, clusters: WordClusters) -> None:
        """Notes the cluster of each instruction: as a clique it lies in one, and each of its edges does."""
        size = int(graph.pairs.max(initial=0)) + 1
        edges = graph.pairs[:, 0] * size + graph.pairs[:, 1]  # in order
        corpus = self._corpus.select(places)
        for place, words in zip(places, np.split(corpus.ids, np.cumsum(corpus.lengths)[:-1]), strict=True):
            first = sorted(set(words.tolist()))[:2]
            if len(first) == 2:
                cluster = int(clusters.labels[np.searchsorted(edges, first[0] * size + first[1]), 0])
                row, turn = self._places[place]
                turns = self.clusters.setdefault(row, [])
                turns.extend([()] * (turn + 1 - len(turns)))
                turns[turn] += (f"{label} {cluster + 1}",)

    def graph(self, places: Ints, degree_cap: int | None = None) -> Graph:
        """The words of some instructions, those of one instruction being neighbours."""
        return cooccurrence(self._corpus.select(places), degree_cap=degree_cap)

    def vendi_score(self, places: Ints) -> float:
        """The number of entirely different instructions that would be as varied as these."""
        return VendiState.of(self._vectors[places]).score(1) or 0.0


def _measured(record: Record, vectors: Sequence[Vectors]) -> Measurement:
    turns = []
    different: set[str] = set()
    for position, (turn, vector) in enumerate(zip(record.turns, vectors, strict=True)):
        if turn.instruction and turn.instruction.strip():
            words = content_words(turn.instruction)
            different.update(words)
            turns.append(InstructionWords(position, " ".join(words), pack_vector(vector)))
    if not turns:
        return unmeasured(record, Status.EMPTY_TEXT, "the record has no instruction")
    evidence = msgspec.to_builtins(InstructionsEvidence(turns=turns))
    return Measurement(float(len(different)), Status.OK, "", evidence, record.place, record.id)


def _degenerate(clusters: Mapping[str, WordClusters], figure: Figure) -> Figure:
    """How many labels have one cluster that holds over half of the words."""
    giant = [label for label, each in clusters.items() if (each.largest_share or 0) > 0.5]
    value = len(giant) / len(clusters) if clusters else None
    return replace(figure, name="degenerate labels", value=value, direction="down")


def _largest(clusters: Mapping[str, WordClusters]) -> tuple[Table, ...]:
    """The labels of most words, and how their words cluster."""
    largest = sorted(clusters.items(), key=lambda item: (-item[1].nodes, item[0]))[:_TOP]
    rows = tuple((label, each.nodes, each.count, each.large, each.largest_share) for label, each in largest)
    columns = ("label", "words", "clusters", "of at least 5 words", "share of words in the largest")
    return (Table("clusters of words by task label", columns, rows),) if rows else ()
