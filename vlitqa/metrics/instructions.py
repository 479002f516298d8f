"""How differently the instructions of one task are worded."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from vlitqa.algorithms.arrays import Ints
from vlitqa.algorithms.cooccurrence import Graph, cooccurrence
from vlitqa.algorithms.ego_splitting import WordClusters, cluster_by_components, cluster_by_label_propagation
from vlitqa.algorithms.ngrams import Corpus
from vlitqa.algorithms.resampling import subsample
from vlitqa.algorithms.vendi import VendiState
from vlitqa.algorithms.words import content_words
from vlitqa.contracts import ALONE, Card, Context
from vlitqa.contracts.tools import Tools
from vlitqa.metrics.evidence import Vectors, packed, unpacked
from vlitqa.metrics.parameters import check
from vlitqa.records import Record
from vlitqa.results import Figure, Measurement, Status, Summary, Table, unmeasured

_DRAWS = 20
_TOP = 10


@dataclass(frozen=True)
class Instructions:
    """How differently the instructions of one task are worded: clusters of words that are used together.

    Measures: in a record, the different content words of its instructions; in the dataset, for each task label the
    clusters of the graph in which words of one instruction are neighbours, and their mean over the labels.
    Reads: instructions without stop words, and the labels of `tasks`.
    Range: 0 and up, more is more varied.
    Caveats: an instruction is a clique of its words, so with some hundred instructions one cluster swallows most words
    and the number falls as instructions grow richer: `degenerate labels` says for how many labels one cluster holds
    over half of the words, and where it is high the count says nothing. `sound` counts clusters of at least five
    words at an equal number of instructions, by label propagation beside it, which splits the giant; the Vendi score
    says how many entirely different instructions would be as varied, and is the one to compare.
    Source: the review, section 4.2.3; Ego-Splitting (Epasto et al. 2017); the Vendi score (Friedman & Dieng 2023).
    """

    card: ClassVar[Card] = Card(name="instructions", version=1, tools=("sentences",), reads=("tasks",))
    min_size: int = 5
    degree_cap: int = 2_000
    budget: int = 300
    """Instructions that `sound` draws."""
    seed: int = 0

    def __post_init__(self) -> None:
        check(self, counts=("min_size", "degree_cap", "budget"))

    def measure(self, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
        texts = [turn.instruction or "" for record in records for turn in record.turns]
        vectors = iter(tools.sentences.encode(texts))
        return [_measured(record, [next(vectors) for _ in record.turns]) for record in records]

    def combine(self, measurements: Iterable[Measurement], context: Context = ALONE) -> Summary:
        said = _Said(measurements, context)
        if not said.words:
            reason = "no record has an instruction"
            return Summary((Figure.without("instruction clusters", "original", reason, direction="up"),))
        found = {}
        for label, places in said.by_label().items():
            graph = said.graph(places)
            found[label] = cluster_by_components(graph, self.min_size)
            said.assign(label, places, graph, found[label])
        common: dict[str, Any] = {"direction": "up", "measured": len(said.words), "left_out": dict(said.left_out)}
        mean = float(np.mean([each.count for each in found.values()])) if found else None
        reason = "" if found else "no instruction has a label"
        figures = [
            Figure("instruction clusters", "original", mean, reason=reason, unit="mean over labels", **common),
            self._drawn("instruction clusters", said, self._large, common),
            self._drawn("clusters by propagation", said, self._propagated, common),
            _degenerate(found, common),
            self._drawn("Vendi score of instructions", said, said.vendi, common),
        ]
        return Summary(tuple(figures), tables=_largest(found), labels=said.clusters)

    def _drawn(self, name: str, said: _Said, count: Any, common: dict[str, Any]) -> Figure:
        """A figure at an equal number of instructions."""
        size = len(said.words)
        found = subsample(lambda places: count(said, places), size, self.budget, _DRAWS, self.seed)
        if found is None:
            reason = f"{size:,} instructions are fewer than {self.budget:,}"
            return Figure(name, "sound", None, reason=reason, **common)
        unit = f"among {self.budget:,} instructions"
        return Figure(name, "sound", found.mean, interval=found.interval, unit=unit, **common)

    def _large(self, said: _Said, places: Ints) -> float:
        return float(cluster_by_components(said.graph(places, self.degree_cap), self.min_size).large)

    def _propagated(self, said: _Said, places: Ints) -> float:
        return float(cluster_by_label_propagation(said.graph(places, self.degree_cap), self.min_size).large)


class _Said:
    """The instructions of a dataset: their words, vectors and labels."""

    def __init__(self, measurements: Iterable[Measurement], context: Context) -> None:
        self.words: list[list[str]] = []
        self.labels: list[tuple[str, ...]] = []
        self.left_out: Counter[str] = Counter()
        self.clusters: dict[int, list[tuple[str, ...]]] = {}
        """By row, the clusters in which each of its instructions lies."""
        self._places: list[tuple[int, int]] = []
        vectors: list[str] = []
        labels = context.labels.get("tasks", {})
        for each in sorted(measurements, key=lambda each: each.place.row):
            if each.value is None:
                self.left_out[each.status.value] += 1
                continue
            given = labels.get(each.place.row, ())
            for turn, words, vector in each.evidence["turns"]:
                self._places.append((each.place.row, turn))
                self.words.append(words.split())
                self.labels.append(given[turn] if turn < len(given) else ())
                vectors.append(vector)
        self._vectors: Vectors = unpacked(vectors)
        numbers = {word: at for at, word in enumerate(sorted({word for words in self.words for word in words}))}
        ids = [numbers[word] for words in self.words for word in words]
        self._corpus = Corpus(np.array(ids, np.int64), np.array([len(words) for words in self.words], np.int64))

    def by_label(self) -> dict[str, Ints]:
        """The places of the instructions of each label."""
        places: defaultdict[str, list[int]] = defaultdict(list)
        for place, labels in enumerate(self.labels):
            for label in labels:
                places[label].append(place)
        return {label: np.array(found) for label, found in sorted(places.items())}

    def assign(self, label: str, places: Ints, graph: Graph, found: WordClusters) -> None:
        """Says of each instruction in which cluster it lies: as a clique it lies in one, and each of its edges does."""
        size = int(graph.pairs.max(initial=0)) + 1
        edges = graph.pairs[:, 0] * size + graph.pairs[:, 1]  # in order
        corpus = self._corpus.select(places)
        for place, words in zip(places, np.split(corpus.ids, np.cumsum(corpus.lengths)[:-1]), strict=True):
            first = sorted(set(words.tolist()))[:2]
            if len(first) == 2:
                cluster = int(found.labels[np.searchsorted(edges, first[0] * size + first[1]), 0])
                row, turn = self._places[place]
                turns = self.clusters.setdefault(row, [])
                turns.extend([()] * (turn + 1 - len(turns)))
                turns[turn] += (f"{label} {cluster + 1}",)

    def graph(self, places: Ints, degree_cap: int | None = None) -> Graph:
        return cooccurrence(self._corpus.select(places), degree_cap=degree_cap)

    def vendi(self, said: _Said, places: Ints) -> float:
        return VendiState.of(self._vectors[places]).score(1) or 0.0


def _measured(record: Record, vectors: Sequence[Vectors]) -> Measurement:
    turns = []
    different: set[str] = set()
    for position, (turn, vector) in enumerate(zip(record.turns, vectors, strict=True)):
        if turn.instruction and turn.instruction.strip():
            words = content_words(turn.instruction)
            different.update(words)
            turns.append((position, " ".join(words), packed(vector)))
    if not turns:
        return unmeasured(record, Status.EMPTY_TEXT, "the record has no instruction")
    return Measurement(float(len(different)), Status.OK, "", {"turns": turns}, record.place, record.id)


def _degenerate(found: dict[str, WordClusters], common: dict[str, Any]) -> Figure:
    """How many labels have one cluster that holds over half of the words."""
    giant = [label for label, each in found.items() if (each.largest_share or 0) > 0.5]
    value = len(giant) / len(found) if found else None
    reason = "" if found else "no instruction has a label"
    return Figure("degenerate labels", "sound", value, reason=reason, **{**common, "direction": "down"})


def _largest(found: dict[str, WordClusters]) -> tuple[Table, ...]:
    """The labels of most words, and how their words cluster."""
    rows = sorted(found.items(), key=lambda each: (-each[1].nodes, each[0]))[:_TOP]
    cells = tuple((label, each.nodes, each.count, each.large, each.largest_share) for label, each in rows)
    columns = ("label", "words", "clusters", "of at least 5 words", "share of words in the largest")
    return (Table("clusters of words by task label", columns, cells),) if cells else ()
