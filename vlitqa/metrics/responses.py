"""Diversity of responses: clusters of their vectors."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import msgspec
import numpy as np

from vlitqa.algorithms.arrays import Ints, Vectors
from vlitqa.algorithms.density_clusters import DensityClusters, density_clusters, distinct_vectors
from vlitqa.algorithms.packed_vectors import pack_vector, unpack_vectors
from vlitqa.algorithms.resampling import subsample
from vlitqa.algorithms.vendi import VendiState
from vlitqa.contracts import ALONE, Card, Context, FigureName, Fit, Principle
from vlitqa.contracts.tools import Tools
from vlitqa.metrics.parameters import check_parameters
from vlitqa.records import Record
from vlitqa.results import Figure, Measurement, Status, Summary, Table, unmeasured
from vlitqa.results.evidence import ResponsesEvidence, ResponseVector, TypedEvidence, evidence_of

_PAPER = 0.875
"""Scikit-learn's default reach of 0.5 on unit vectors; the review names none."""
_SWEEP = (0.5, 0.6, 0.7, 0.8, 0.9)
_TRIED = tuple(percent / 100 for percent in range(50, 100, 5))
_POOL = 5_000
"""Vectors in which the threshold is looked for."""
_DRAWS = 20


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
    cluster, at an equal number of responses and with one threshold for all datasets of a run. The Vendi score is the
    number of entirely different responses with the same variety. Both take nonsense for variety.
    Source: the review, section 4.2.3; SimCSE; DBSCAN (Ester et al. 1996); the Vendi score (Friedman & Dieng 2023).
    """

    card: ClassVar[Card] = Card(
        name="responses",
        version=2,
        headline=FigureName("response clusters", "sound"),
        principle=Principle.RESPONSE_DIVERSITY,
        symbol="R",
        follows_size=(FigureName("response clusters", "original"), FigureName("different responses", "sound")),
        fitted=(FigureName("response clusters", "sound"),),
        shares={
            "responses in no cluster": "of responses lie in no cluster",
            "different responses": "of responses are left where equal ones count once",
        },
        counts="responses that no other of the row repeats",
        highest=1.0,
        tools=("sentences",),
        labels=True,
    )
    evidence: ClassVar[type[TypedEvidence]] = ResponsesEvidence
    least: int = 5
    """Responses that make a place dense."""
    budget: int = 300
    """Responses that `sound` draws."""
    seed: int = 0

    def __post_init__(self) -> None:
        check_parameters(self, counts=("least", "budget"))

    def measure(self, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
        """Compares the responses of each record, and keeps their vectors."""
        texts = [turn.response or "" for record in records for turn in record.turns]
        vectors = iter(tools.sentences.encode(texts))
        return [_measured(record, [next(vectors) for _ in record.turns]) for record in records]

    def fit(self, measurements: Iterable[Measurement], _tools: Tools) -> Fit:
        """Finds one threshold for all: that with most clusters in a sample of them all, and of several the highest.

        The knee of the distances, which is the usual choice, puts nearly all texts into one cluster.
        """
        measured = (measurement for measurement in measurements if measurement.evidence)
        records = (evidence_of(measurement, ResponsesEvidence) for measurement in measured)
        texts = sorted({response.vector for record in records for response in record.turns})
        chosen = np.random.default_rng(self.seed).permutation(len(texts))[:_POOL]
        vectors = unpack_vectors([texts[place] for place in np.sort(chosen)])
        tried = density_clusters(vectors, _TRIED, self.least) if texts else []
        best = max(tried, key=lambda clusters: (clusters.count, clusters.cosine), default=None)
        return {"cosine": best.cosine if best and best.count else _PAPER}

    def combine(self, measurements: Iterable[Measurement], context: Context = ALONE) -> Summary:
        """Clusters the responses."""
        responses = _Responses(measurements)
        vectors, cosine = responses.vectors, context.fit.get("cosine", _PAPER)
        count = Figure.without(
            "response clusters",
            "original",
            "no record has a response",
            direction="up",
            measured=len(vectors),
            left_out=dict(responses.left_out),
        )
        if not len(vectors):
            return Summary((count,))
        paper, frozen, *sweep = density_clusters(vectors, (_PAPER, cosine, *_SWEEP), self.least)
        sound = replace(count, variant="sound", reason="")
        different = len(distinct_vectors(vectors)[0]) / len(vectors)
        figures = (
            _logarithm(paper, count),
            self._groups(vectors, cosine, sound),
            replace(
                sound,
                name="responses in no cluster",
                value=frozen.noise,
                unit=f"cosine {cosine:g}",
                direction="none",
            ),
            replace(sound, name="different responses", value=different),
            self._vendi(vectors, sound),
        )
        rows = tuple((clusters.cosine, clusters.count, clusters.noise) for clusters in sweep)
        table = Table("clusters of responses by threshold", ("cosine", "clusters", "share in none"), rows)
        return Summary(figures, tables=(table,), labels=responses.labels(frozen.labels))

    def _groups(self, vectors: Vectors, cosine: float, figure: Figure) -> Figure:
        """DensityClusters and what is in none at an equal number; equal responses are one, wherever they stand."""

        def logarithm(places: Ints) -> float:
            clusters = density_clusters(vectors[places], [cosine], self.least)[0]
            first, _ = distinct_vectors(vectors[places])
            return math.log(clusters.count + (clusters.labels[first] < 0).sum())

        unit = f"ln of clusters and of responses in none among {self.budget:,}, cosine {cosine:g}"
        return self._drawn(replace(figure, unit=unit), logarithm, len(vectors))

    def _vendi(self, vectors: Vectors, figure: Figure) -> Figure:
        """Of all responses, because one that repeats another adds nothing."""

        def score(places: Ints) -> float:
            return VendiState.of(vectors[places]).score(1) or 0.0

        unit = f"among {self.budget:,} responses"
        return self._drawn(replace(figure, name="Vendi score of responses", unit=unit), score, len(vectors))

    def _drawn(self, figure: Figure, count: Callable[[Ints], float], size: int) -> Figure:
        """A figure at an equal number of responses."""
        drawn = subsample(count, size, self.budget, _DRAWS, self.seed)
        if drawn is None:
            reason = f"{size:,} responses to draw from are fewer than {self.budget:,}"
            return replace(figure, reason=reason, unit="")
        return replace(figure, value=drawn.mean, interval=drawn.interval)


class _Responses:
    """The responses of a dataset: their vectors, and where each stands."""

    def __init__(self, measurements: Iterable[Measurement]) -> None:
        self.left_out: Counter[str] = Counter()
        self._places: list[tuple[int, int]] = []
        vectors: list[str] = []
        for measurement in sorted(measurements, key=lambda measurement: measurement.place.row):
            if measurement.value is None:
                self.left_out[measurement.status.value] += 1
                continue
            for response in evidence_of(measurement, ResponsesEvidence).turns:
                self._places.append((measurement.place.row, response.turn))
                vectors.append(response.vector)
        self.vectors = unpack_vectors(vectors)

    def labels(self, clusters: Ints) -> dict[int, list[tuple[str, ...]]]:
        """By row, for each turn the number of its cluster; nothing for what is in none."""
        labels: dict[int, list[tuple[str, ...]]] = {}
        for (row, turn), cluster in zip(self._places, clusters.tolist(), strict=True):
            turns = labels.setdefault(row, [])
            turns.extend([()] * (turn + 1 - len(turns)))
            turns[turn] = (str(cluster),) if cluster >= 0 else ()
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
    evidence = msgspec.to_builtins(ResponsesEvidence(turns=turns))
    return Measurement(float((near == 1).mean()), Status.OK, "", evidence, record.place, record.id)


def _logarithm(clusters: DensityClusters, figure: Figure) -> Figure:
    """The paper's number, which is not there where there is no cluster."""
    unit = "ln of the number"
    if not clusters.count:
        reason = f"no cluster at cosine {clusters.cosine:g}: there is no logarithm of 0"
        return replace(figure, reason=reason, unit=unit)
    return replace(figure, value=math.log(clusters.count), reason="", unit=unit)
