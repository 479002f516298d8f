"""Diversity of instructions: clusters of their words, task by task."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

import msgspec
import numpy as np

from vlitqa.algorithms.arrays import Ints, Vectors
from vlitqa.algorithms.cooccurrence import Graph, cooccurrence
from vlitqa.algorithms.ego_splitting import WordClusters, cluster_by_components
from vlitqa.algorithms.ngrams import Corpus
from vlitqa.algorithms.packed_vectors import pack_vector
from vlitqa.algorithms.words import content_words
from vlitqa.contracts import ALONE, Card, Context, FigureName, Principle
from vlitqa.contracts.tools import Tools
from vlitqa.metrics.grouped_turns import GroupedTurns, group_of, turns_of
from vlitqa.metrics.parameters import check_parameters
from vlitqa.metrics.task_vectors import TaskVectors, labels_of_texts, places_by_label
from vlitqa.records import Record
from vlitqa.results import Figure, Measurement, Status, Summary, Table, unmeasured
from vlitqa.results.evidence import InstructionsEvidence, InstructionWords, TypedEvidence

_TOP = 10
_GIANT = 0.5
"""The share of words from which on one cluster holds nearly all."""
_FEWEST_WORDS = 50
"""Words of a label of which one cluster may hold too many: a template of four words is one cluster by right."""
_WHY_NOT_BY_CLUSTERS = "more varied instructions can have fewer clusters"


@dataclass(frozen=True)
class Instructions:
    """Variety of wording among the instructions of one task: clusters of words that are used together.

    Measures: in a record, the number of different content words of its instructions; in the dataset, the mean over task
    labels of the number of clusters in a graph in which the words of one instruction are neighbours.
    Reads: instructions without stop words, and the labels of `tasks`.
    Range: 0 and up, more is more varied.
    Caveats: an instruction is a clique of its words. With some hundred instructions one cluster therefore holds most
    words, and the number falls as instructions grow richer. `degenerate labels` says for how many labels of at least 50
    words one cluster holds over half of them; if it is high, the count says nothing. `sound` counts clusters of at
    least five words among 300 instructions, which does not mend that. The Vendi score is the number of entirely
    different instructions with the same variety, among 300 of whatever tasks; `instructions within a task` is that
    number among pairs of one task. Compare datasets by these two. Instructions are drawn in whole records.
    Source: the review, section 4.2.3; Ego-Splitting (Epasto et al. 2017); the Vendi score (Friedman & Dieng 2023).
    """

    card: ClassVar[Card] = Card(
        name="instructions",
        version=2,
        headline=FigureName("Vendi score of instructions", "sound"),
        principle=Principle.INSTRUCTION_DIVERSITY,
        sentence="{budget} instructions are as varied as {value} entirely different one{s}.",
        symbol="I",
        in_table_4="instruction clusters",
        misleading={
            FigureName("instruction clusters", "original"): _WHY_NOT_BY_CLUSTERS,
            FigureName("instruction clusters", "sound"): _WHY_NOT_BY_CLUSTERS,
        },
        follows_size=(FigureName("degenerate labels", "sound"),),
        shares={"degenerate labels": "of labels of at least 50 words have one cluster with over half of them"},
        counts="different content words",
        tools=("sentences",),
        tools_of_original=("tagger", "sentences"),
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
        texts = turns_of(measurements, InstructionsEvidence, lambda evidence: evidence.turns)
        instructions = TaskVectors.of(texts, context)
        count = Figure(
            "instruction clusters",
            "original",
            None,
            direction="up",
            measured=len(instructions),
            left_out=texts.left_out,
            reason="no instruction has a label" if texts.turns else "no record has an instruction",
            unit="mean over labels",
        )
        if not texts.turns:
            return Summary((replace(count, unit=""),))
        words = _Words(texts)
        clusters: dict[str, WordClusters] = {}
        labels = labels_of_texts(texts, context.labels.get("tasks", {}))
        for label, places in places_by_label(labels, np.arange(len(labels))).items():
            graph = words.graph(places)
            clusters[label] = cluster_by_components(graph, self.min_size)
            words.assign(label, places, graph, clusters[label])
        if clusters:
            mean = float(np.mean([label_clusters.count for label_clusters in clusters.values()]))
            count = replace(count, value=mean, reason="")
        figures = (count, *self._sound(instructions, words), _degenerate(clusters, count))
        return Summary(figures, tables=_largest(clusters), labels=words.clusters)

    def _sound(self, instructions: TaskVectors, words: _Words) -> Iterator[Figure]:
        """The figures at an equal size."""

        def large(places: Ints) -> float:
            return float(cluster_by_components(words.graph(places, self.degree_cap), self.min_size).large)

        blank = Figure("instruction clusters", "sound", None, direction="up", measured=len(instructions))
        at_equal_size = partial(instructions.at_equal_size, budget=self.budget, texts="instructions", seed=self.seed)
        yield at_equal_size(blank, large)
        yield at_equal_size(replace(blank, name="Vendi score of instructions"), instructions.vendi_score)
        yield instructions.variety_within_tasks(replace(blank, name="instructions within a task"))


class _Words:
    """The words of the instructions of a dataset, and the clusters that they fall into."""

    def __init__(self, texts: GroupedTurns[InstructionWords]) -> None:
        self.clusters: dict[int, list[tuple[str, ...]]] = {}
        """By row, the clusters in which each of its instructions lies."""
        self._places = [(row, text.turn) for row, text in zip(texts.rows, texts.turns, strict=True)]
        words = [text.words.split() for text in texts.turns]
        numbers = {word: number for number, word in enumerate(sorted({word for of_text in words for word in of_text}))}
        ids = [numbers[word] for of_text in words for word in of_text]
        self._corpus = Corpus(np.array(ids, np.int64), np.array([len(of_text) for of_text in words], np.int64))

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
    evidence = msgspec.to_builtins(InstructionsEvidence(turns=turns, group=group_of(record)))
    return Measurement(float(len(different)), Status.OK, "", evidence, record.place, record.id)


def _degenerate(clusters: Mapping[str, WordClusters], figure: Figure) -> Figure:
    """The share of labels of many words of which one cluster holds over half."""
    shares = [label.largest_share or 0.0 for label in clusters.values() if label.nodes >= _FEWEST_WORDS]
    value = sum(share > _GIANT for share in shares) / len(shares) if shares else None
    return replace(
        figure,
        name="degenerate labels",
        variant="sound",
        value=value,
        direction="down",
        measured=len(shares),
        reason="" if shares else f"no label has {_FEWEST_WORDS} words",
        unit="",
    )


def _largest(clusters: Mapping[str, WordClusters]) -> tuple[Table, ...]:
    """The labels of most words, and how their words cluster."""
    largest = sorted(clusters.items(), key=lambda item: (-item[1].nodes, item[0]))[:_TOP]
    rows = tuple((label, each.nodes, each.count, each.large, each.largest_share) for label, each in largest)
    columns = ("label", "words", "clusters", "of at least 5 words", "share of words in the largest")
    return (Table("clusters of words by task label", columns, rows),) if rows else ()
