"""Diversity of responses: clusters of their vectors."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

import msgspec

from vlitqa.algorithms.arrays import Ints, Vectors
from vlitqa.algorithms.density_clusters import DensityClusters, density_clusters, distinct_vectors
from vlitqa.algorithms.packed_vectors import pack_vector, unpack_vectors
from vlitqa.contracts import ALONE, Card, Context, FigureName, Fit, Principle
from vlitqa.contracts.tools import Tools
from vlitqa.metrics.grouped_turns import GroupedTurns, group_of, turns_of
from vlitqa.metrics.one_meaning import cosine_of_one_meaning
from vlitqa.metrics.parameters import check_parameters
from vlitqa.metrics.task_vectors import TaskVectors
from vlitqa.records import Record
from vlitqa.results import Figure, Measurement, Status, Summary, Table, unmeasured
from vlitqa.results.evidence import ResponsesEvidence, ResponseVector, TypedEvidence

_PAPER = 0.875
"""Scikit-learn's default reach of 0.5 on unit vectors; the review names none."""
_SWEEP = (0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class Responses:
    """Variety of meaning among the responses: clusters of similar sentences, and the Vendi score.

    Measures: in a record, the share of its responses that no other of its responses repeats in meaning; in the dataset,
    the natural logarithm of the number of clusters that DBSCAN finds among the vectors of all responses.
    Reads: responses, through the sentence encoder.
    Range: 0 to 1 in a record; 0 and up in the dataset, more is more varied.
    Caveats: without a cluster there is no logarithm, and no value. The number of clusters depends on the threshold and
    the size, and most responses are noise at any threshold: the table shows the sweep. A dataset whose responses all
    differ has no cluster at all. `sound` therefore counts groups: each cluster, and each different response in no
    cluster, among 300 responses that are drawn in whole records. Its threshold belongs to the sentence encoder: it is
    the cosine that best parts two wordings of one statement from two statements about one thing, in forty examples that
    come with vlitqa (`cosine` sets another). The Vendi score is the number of entirely different responses with the
    same variety, among 300 of whatever tasks; `responses within a task` is that number among pairs of one task. All
    take nonsense for variety.
    Source: the review, section 4.2.3; SimCSE; DBSCAN (Ester et al. 1996); the Vendi score (Friedman & Dieng 2023).
    """

    card: ClassVar[Card] = Card(
        name="responses",
        version=3,
        headline=FigureName("Vendi score of responses", "sound"),
        principle=Principle.RESPONSE_DIVERSITY,
        sentence="{budget} responses are as varied as {value} entirely different one{s}.",
        symbol="R",
        in_table_4="response clusters",
        follows_size=(FigureName("response clusters", "original"), FigureName("responses in no cluster", "sound")),
        shares={
            "responses in no cluster": "of responses lie in no cluster",
            "different responses": "of responses are left where equal ones count once",
        },
        counts="responses that no other of the row repeats",
        highest=1.0,
        tools=("sentences",),
        may_read=("tasks",),
        labels=True,
    )
    evidence: ClassVar[type[TypedEvidence]] = ResponsesEvidence
    least: int = 5
    """Responses that make a place dense."""
    budget: int = 300
    """Responses that `sound` draws."""
    cosine: float = 0.0
    """The cosine from which on two responses mean the same; 0 stands for that of the encoder."""
    seed: int = 0

    def __post_init__(self) -> None:
        check_parameters(self, counts=("least", "budget"), shares=("cosine",))

    def measure(self, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
        """Compares the responses of each record, and keeps their vectors."""
        texts = [turn.response or "" for record in records for turn in record.turns]
        vectors = iter(tools.sentences.encode(texts))
        return [_measured(record, [next(vectors) for _ in record.turns]) for record in records]

    def fit(self, _measurements: Iterable[Measurement], tools: Tools) -> Fit:
        """Takes the threshold of the encoder, whatever the datasets are."""
        return {"cosine": self.cosine or cosine_of_one_meaning(tools.sentences)}

    def combine(self, measurements: Iterable[Measurement], context: Context = ALONE) -> Summary:
        """Clusters the responses."""
        texts = turns_of(measurements, ResponsesEvidence, lambda evidence: evidence.turns)
        responses = TaskVectors.of(texts, context)
        count = Figure.without(
            "response clusters",
            "original",
            "no record has a response",
            direction="up",
            measured=len(responses),
            left_out=texts.left_out,
        )
        if not texts.turns:
            return Summary((count,))
        cosine = context.fit.get("cosine", _PAPER)
        paper, frozen, *sweep = density_clusters(responses.vectors, (_PAPER, cosine, *_SWEEP), self.least)
        blank = replace(count, variant="sound", reason="")
        alone = replace(blank, name="responses in no cluster", unit=f"cosine {cosine:g}", direction="none")
        figures = (_logarithm(paper, count), *self._sound(responses, cosine, blank), replace(alone, value=frozen.noise))
        rows = tuple((clusters.cosine, clusters.count, clusters.noise) for clusters in sweep)
        table = Table("clusters of responses by threshold", ("cosine", "clusters", "share in none"), rows)
        return Summary(figures, tables=(table,), labels=_labels(texts, frozen.labels))

    def _sound(self, responses: TaskVectors, cosine: float, blank: Figure) -> Iterator[Figure]:
        """The figures at an equal size."""
        vectors = responses.vectors

        def groups(places: Ints) -> float:
            clusters = density_clusters(vectors[places], [cosine], self.least)[0]
            firsts, _ = distinct_vectors(vectors[places])
            return math.log(clusters.count + (clusters.labels[firsts] < 0).sum())

        def different(places: Ints) -> float:
            return len(distinct_vectors(vectors[places])[0]) / len(places)

        at_equal_size = partial(responses.at_equal_size, budget=self.budget, texts="responses", seed=self.seed)
        unit = f"ln of clusters and of responses in none among {self.budget:,}, cosine {cosine:g}"
        yield at_equal_size(replace(blank, unit=unit), groups)
        yield at_equal_size(replace(blank, name="different responses"), different)
        yield at_equal_size(replace(blank, name="Vendi score of responses"), responses.vendi_score)
        yield responses.variety_within_tasks(replace(blank, name="responses within a task"))


def _labels(texts: GroupedTurns[ResponseVector], clusters: Ints) -> dict[int, list[tuple[str, ...]]]:
    """By row, for each turn the number of its cluster; nothing for what is in none."""
    labels: dict[int, list[tuple[str, ...]]] = {}
    for row, text, cluster in zip(texts.rows, texts.turns, clusters.tolist(), strict=True):
        turns = labels.setdefault(row, [])
        turns.extend([()] * (text.turn + 1 - len(turns)))
        turns[text.turn] = (str(cluster),) if cluster >= 0 else ()
    return labels


def _measured(record: Record, vectors: Sequence[Vectors]) -> Measurement:
    turns = [
        ResponseVector(position, pack_vector(vector))
        for position, (turn, vector) in enumerate(zip(record.turns, vectors, strict=True))
        if turn.response and turn.response.strip()
    ]
    if not turns:
        return unmeasured(record, Status.EMPTY_TEXT, "the record has no response")
    kept_vectors = unpack_vectors([turn.vector for turn in turns])  # (responses, dimensions)
    near = (kept_vectors @ kept_vectors.T >= _PAPER).sum(axis=1)  # (responses,)
    evidence = msgspec.to_builtins(ResponsesEvidence(turns=turns, group=group_of(record)))
    return Measurement(float((near == 1).mean()), Status.OK, "", evidence, record.place, record.id)


def _logarithm(clusters: DensityClusters, figure: Figure) -> Figure:
    """The paper's number, which is not there where there is no cluster."""
    unit = "ln of the number"
    if not clusters.count:
        reason = f"no cluster at cosine {clusters.cosine:g}: there is no logarithm of 0"
        return replace(figure, reason=reason, unit=unit)
    return replace(figure, value=math.log(clusters.count), reason="", unit=unit)
