"""How many different things the responses of a dataset say."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from vlitqa.algorithms.arrays import Ints
from vlitqa.algorithms.density_clusters import DensityClusters, density_clusters, distinct_vectors
from vlitqa.algorithms.resampling import subsample
from vlitqa.algorithms.vendi import VendiState
from vlitqa.contracts import ALONE, Card, Context, Fit
from vlitqa.contracts.tools import Tools
from vlitqa.metrics.evidence import Vectors, packed, unpacked
from vlitqa.metrics.parameters import check
from vlitqa.records import Record
from vlitqa.results import Figure, Measurement, Status, Summary, Table, unmeasured

_PAPER = 0.875
"""Scikit-learn's default reach of 0.5 on unit vectors; the review names none."""
_SWEEP = (0.5, 0.6, 0.7, 0.8, 0.9)
_TRIED = tuple(percent / 100 for percent in range(50, 100, 5))
_POOL = 5_000
"""Vectors in which the threshold is looked for."""
_DRAWS = 20


@dataclass(frozen=True)
class Responses:
    """How many different things the responses say: clusters of near sentences, and how far they fill their space.

    Measures: in a record, the share of its responses that no other of its responses repeats in meaning; in the dataset,
    the natural logarithm of the number of clusters that DBSCAN finds among the vectors of all responses.
    Reads: responses, through the sentence encoder.
    Range: 0 to 1 in a record; 0 and up in the dataset, more is more varied.
    Caveats: no cluster has no logarithm, which is said and not filled in. The number of clusters rises and falls with
    the threshold and the size, and most responses are noise at any: the table shows the sweep. A dataset that says
    something else in every response has no cluster at all, so `sound` counts groups, at an equal number of responses
    and with one threshold for all datasets of a run: each cluster, and each different response that is in none. The
    Vendi score says how many entirely different responses would be as varied. Both take nonsense for variety.
    Source: the review, section 4.2.3; SimCSE; DBSCAN (Ester et al. 1996); the Vendi score (Friedman & Dieng 2023).
    """

    card: ClassVar[Card] = Card(name="responses", version=2, highest=1.0, tools=("sentences",))
    least: int = 5
    """Responses that make a place dense."""
    budget: int = 300
    """Responses that `sound` draws."""
    seed: int = 0

    def __post_init__(self) -> None:
        check(self, counts=("least", "budget"))

    def measure(self, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
        texts = [turn.response or "" for record in records for turn in record.turns]
        vectors = iter(tools.sentences.encode(texts))
        return [_measured(record, [next(vectors) for _ in record.turns]) for record in records]

    def fit(self, measurements: Iterable[Measurement], tools: Tools) -> Fit:
        """One threshold for all: that which makes most clusters in a sample of them all, and of several the highest.

        The knee of the distances, which is the usual choice, puts nearly all texts into one cluster.
        """
        texts = sorted({vector for each in measurements for _, vector in each.evidence.get("turns", ())})
        chosen = np.random.default_rng(self.seed).permutation(len(texts))[:_POOL]
        vectors = unpacked([texts[place] for place in np.sort(chosen)])
        found = density_clusters(vectors, _TRIED, self.least) if texts else []
        best = max(found, key=lambda each: (each.count, each.cosine), default=None)
        return {"cosine": best.cosine if best and best.count else _PAPER}

    def combine(self, measurements: Iterable[Measurement], context: Context = ALONE) -> Summary:
        said = _Said(measurements)
        cosine = context.fit.get("cosine", _PAPER)
        common: dict[str, Any] = {"direction": "up", "measured": len(said.vectors), "left_out": dict(said.left_out)}
        if not len(said.vectors):
            none = Figure("response clusters", "original", None, reason="no record has a response", **common)
            return Summary((none,))
        paper, frozen, *sweep = density_clusters(said.vectors, (_PAPER, cosine, *_SWEEP), self.least)
        unique = said.vectors[distinct_vectors(said.vectors).firsts]
        figures = (
            Figure("response clusters", "original", **_logarithm(paper), unit="ln of the number", **common),
            self._groups(said.vectors, cosine, common),
            Figure(
                "responses in no cluster",
                "sound",
                frozen.noise,
                unit=f"cosine {cosine:g}",
                **{**common, "direction": "none"},
            ),
            Figure("different responses", "sound", len(unique) / len(said.vectors), **common),
            self._vendi(said.vectors, common),
        )
        rows = tuple((each.cosine, each.count, each.noise) for each in sweep)
        table = Table("clusters of responses by threshold", ("cosine", "clusters", "share in none"), rows)
        return Summary(figures, tables=(table,), labels=said.labelled(frozen.labels))

    def _groups(self, vectors: Vectors, cosine: float, common: dict[str, Any]) -> Figure:
        """Clusters and what is in none at an equal number; equal responses are one, wherever they stand."""

        def logarithm(places: Ints) -> float:
            found = density_clusters(vectors[places], [cosine], self.least)[0]
            first = distinct_vectors(vectors[places]).firsts
            return math.log(found.count + (found.labels[first] < 0).sum())

        unit = f"ln of clusters and of responses in none among {self.budget:,}, cosine {cosine:g}"
        return self._drawn("response clusters", logarithm, vectors, unit, common)

    def _vendi(self, vectors: Vectors, common: dict[str, Any]) -> Figure:
        """Of all responses, because one that repeats another adds nothing."""

        def score(places: Ints) -> float:
            return VendiState.of(vectors[places]).score(1) or 0.0

        return self._drawn("Vendi score of responses", score, vectors, f"among {self.budget:,} responses", common)

    def _drawn(self, name: str, count: Any, vectors: Vectors, unit: str, common: dict[str, Any]) -> Figure:
        found = subsample(count, len(vectors), self.budget, _DRAWS, self.seed)
        if found is None:
            reason = f"{len(vectors):,} responses to draw from are fewer than {self.budget:,}"
            return Figure(name, "sound", None, reason=reason, **common)
        return Figure(name, "sound", found.mean, interval=found.interval, unit=unit, **common)


class _Said:
    """The responses of a dataset: their vectors, and where each stands."""

    def __init__(self, measurements: Iterable[Measurement]) -> None:
        self.left_out: Counter[str] = Counter()
        self._places: list[tuple[int, int]] = []
        vectors: list[str] = []
        for each in sorted(measurements, key=lambda each: each.place.row):
            if each.value is None:
                self.left_out[each.status.value] += 1
                continue
            for turn, vector in each.evidence["turns"]:
                self._places.append((each.place.row, turn))
                vectors.append(vector)
        self.vectors = unpacked(vectors)

    def labelled(self, clusters: Ints) -> dict[int, list[tuple[str, ...]]]:
        """By row, for each turn the number of its cluster; nothing for what is in none."""
        labels: dict[int, list[tuple[str, ...]]] = {}
        for (row, turn), cluster in zip(self._places, clusters.tolist(), strict=True):
            turns = labels.setdefault(row, [])
            turns.extend([()] * (turn + 1 - len(turns)))
            turns[turn] = (str(cluster),) if cluster >= 0 else ()
        return labels


def _measured(record: Record, vectors: Sequence[Vectors]) -> Measurement:
    turns = [
        (position, packed(vector))
        for position, (turn, vector) in enumerate(zip(record.turns, vectors, strict=True))
        if turn.response and turn.response.strip()
    ]
    if not turns:
        return unmeasured(record, Status.EMPTY_TEXT, "the record has no response")
    own = unpacked([vector for _, vector in turns])
    near = (own @ own.T >= _PAPER).sum(axis=1)
    return Measurement(float((near == 1).mean()), Status.OK, "", {"turns": turns}, record.place, record.id)


def _logarithm(clusters: DensityClusters) -> dict[str, Any]:
    """The paper's number, which is not there where there is no cluster."""
    if not clusters.count:
        return {"value": None, "reason": f"no cluster at cosine {clusters.cosine:g}: there is no logarithm of 0"}
    return {"value": math.log(clusters.count)}
