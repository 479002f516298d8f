"""Mixtures of sources by weights, and what of each source a selection really yields."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import ClassVar

from vlitqa.catalogue import metric_with, suggestion
from vlitqa.errors import UsageError
from vlitqa.results import Labels
from vlitqa.results.evidence import StatisticsEvidence, evidence_of
from vlitqa.results.groups import SOURCE_LABEL
from vlitqa.runs.finished import FinishedRun
from vlitqa.selection.ledger import DROPPED, KEPT, LedgerEntry
from vlitqa.selection.rules import Pool, Stage

MIXTURE_FORM = "Such as mix:coco=2,ocr=1, where sources are left out that it does not name."
_PART = re.compile(r"\s*(.+?)\s*=\s*(\d+(?:\.\d+)?)\s*")


@dataclass(frozen=True, slots=True)
class Mixture:
    """Keeps rows of the named sources in proportion to their weights: as many as the scarcest source allows."""

    text: str
    weights: Mapping[str, float]
    stage: ClassVar[Stage] = Stage.LABEL

    def judge(self, pool: Pool) -> list[LedgerEntry]:
        """Judges every row that is left; raises UsageError for a source that no such row has."""
        pool.run.require_labels(SOURCE_LABEL)
        labels = pool.run.labels.get(SOURCE_LABEL, {})
        ranked = sorted(pool.kept, key=pool.shuffle_key)
        quotas = self._quotas(Counter(_source(labels, row) for row in ranked))
        used, verdicts = Counter[str](), {}
        for row in ranked:
            source = _source(labels, row)
            used[source] += 1
            verdicts[row] = KEPT if used[source] <= quotas.get(source, 0) else DROPPED
        return [
            LedgerEntry(
                row,
                self.text,
                None,
                threshold=float(quotas.get(_source(labels, row), 0)),
                verdict=verdicts[row],
                full=_source(labels, row) if verdicts[row] == DROPPED else "",
            )
            for row in sorted(pool.kept)
        ]

    def _quotas(self, sizes: Counter[str]) -> Mapping[str, int]:
        """The rows that each source gives."""
        for name in self.weights:
            if not sizes[name]:
                raise UsageError(f"{self.text!r}: no row is of the source {name!r}.", repair=suggestion(name, sizes))
        unit = min(sizes[name] / weight for name, weight in self.weights.items())
        return {name: int(unit * weight + 1e-9) for name, weight in self.weights.items()}


@dataclass(frozen=True, slots=True)
class SourceYield:
    """What a subset holds of one source."""

    source: str
    rows: int
    tokens: int | None
    """Tokens of its instructions and responses; None where the run did not count them."""
    images: int | None


def parse_mixture(text: str) -> Mixture:
    """Parses a mixture; raises UsageError for a text that is none."""
    parts = [_PART.fullmatch(part) for part in text.removeprefix("mix:").split(",")]
    pairs = [(match[1], float(match[2])) for match in parts if match]
    weights = dict(pairs)
    if len(pairs) < len(parts) or len(weights) < len(pairs) or not all(weights.values()):
        raise UsageError(f"{text!r}: a mixture names each source once, with a weight above 0.", repair=MIXTURE_FORM)
    return Mixture(text, weights)


def source_yields(run: FinishedRun, kept: AbstractSet[int]) -> tuple[SourceYield, ...]:
    """What rows that are kept hold of each source, the largest first; nothing where the run has no sources."""
    labels = run.labels.get(SOURCE_LABEL, {})
    if not labels:
        return ()
    metric = metric_with(StatisticsEvidence, run.metrics)
    rows = Counter(_source(labels, row) for row in kept)
    sizes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for measurement in run.measurements(metric) if metric else ():
        if measurement.place.row in kept and measurement.evidence:
            evidence = evidence_of(measurement, StatisticsEvidence)
            size = sizes[_source(labels, measurement.place.row)]
            size["tokens"] += evidence.tokens.instructions + evidence.tokens.responses
            size["images"] += evidence.pictures
    return tuple(
        SourceYield(source, count, *((sizes[source]["tokens"], sizes[source]["images"]) if metric else (None, None)))
        for source, count in rows.most_common()
    )


def _source(labels: Labels, row: int) -> str:
    """The source of a row."""
    return next((label for turn in labels.get(row, ()) for label in turn), "")
