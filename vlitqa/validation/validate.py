"""Validates metrics on a dataset: copies of its records get faults of known dose, and every figure should notice.

Nothing is written: all copies are in memory. Metrics that learn, such as a vocabulary of tasks, are fitted once and on
the records without faults, so that the yardstick does not follow what it measures.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace as with_fields

import numpy as np

from vlitqa.algorithms.words import content_words
from vlitqa.contracts import Observer
from vlitqa.errors import UsageError
from vlitqa.records import Record
from vlitqa.results import Figure, Labels
from vlitqa.results.faults import LOOSE_COMMAS, TRUNCATED
from vlitqa.results.findings import place_in_words
from vlitqa.scoring.cache import Cache
from vlitqa.scoring.job import Job
from vlitqa.validation.aims import AIMED
from vlitqa.validation.bench import Bench, FigureKey, Figures
from vlitqa.validation.corruptions import CORRUPTIONS
from vlitqa.validation.dose_response import HALVES, DoseCurve, Noise, dose_response_of, noise_of_halves
from vlitqa.validation.sample import Records, Sample

DOSES = (0.0, 0.1, 0.2, 0.4, 0.8)
_FEWEST_RECORDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One corruption at all doses."""

    corruption: str
    meaning: str
    """The fault that it puts in, as a sentence."""
    changed: tuple[int, ...]
    """The number of changed records at each dose; empty if the records have nothing to corrupt."""
    curves: tuple[DoseCurve, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """The trials of all corruptions on one dataset."""

    dataset: str
    sample: str
    records: int
    seed: int
    doses: tuple[float, ...]
    labels: str
    """The source of the labels of tasks, in words."""
    trials: tuple[Trial, ...]
    rejects: int = 0
    """Rows that could not be read, and are in no trial."""
    cut_off: str = ""
    """Where the file ended before its content did, and how; empty for a whole file."""


@dataclass(frozen=True, slots=True)
class ValidationRequest:
    """The faults that are put in, and their doses."""

    doses: tuple[float, ...] = DOSES
    corruptions: tuple[str, ...] = tuple(CORRUPTIONS)


def validate(job: Job, request: ValidationRequest, cache: Cache, observer: Observer) -> Validation:
    """Corrupts copies of the records of a job, measures them all, and compares every figure over the doses."""
    reading = _read_records(job)
    records = reading.records
    if len(records) < _FEWEST_RECORDS:
        raise UsageError(f"{job.dataset.path} has too few records: {len(records)}.", repair="Take a larger dataset.")
    doses = tuple(sorted({0.0, *request.doses}))
    bench = Bench(job, cache, observer, steps=1 + len(request.corruptions) * (len(doses) - 1))
    faultless = _Faultless(bench, records, job.request.seed)
    source, labels = _task_labels(records, faultless.labels)
    sample = Sample(records, labels, job.request.seed)
    trials = tuple(_run_trial(name, sample, doses, faultless) for name in request.corruptions)
    return Validation(
        dataset=job.dataset.name,
        sample=job.sample,
        records=len(records),
        seed=job.request.seed,
        doses=doses,
        labels=source,
        trials=trials,
        rejects=reading.rejects,
        cut_off=reading.cut_off,
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """The records of a sample, and what of the file could not be read."""

    records: Records
    rejects: int
    cut_off: str


def _read_records(job: Job) -> _Reading:
    """Reads the records of the sample of a job."""
    rows, rejects, cut_off = job.plan.rows, 0, ""
    records: list[Record] = []
    with job.dataset.entries() as entries:
        for entry in entries:
            if isinstance(entry, Record):
                if rows is None or entry.place.row in rows:
                    records.append(entry)
            elif entry.code == TRUNCATED:
                cut_off = f"{entry.reason} ({place_in_words(entry.place)})"
            elif entry.code != LOOSE_COMMAS:
                rejects += 1
            if len(records) == job.plan.limit:
                break
    return _Reading(tuple(records), rejects, cut_off)


class _Faultless:
    """The records without faults: their measurements, figures and labels, and the noise of each figure."""

    def __init__(self, bench: Bench, records: Records, seed: int) -> None:
        self.bench, self.records = bench, records
        self.outcomes = bench.measure(records)
        bench.fit(self.outcomes)
        combined = bench.combine(bench.metrics, self.outcomes)
        self.figures, self.labels = combined.figures, combined.task_labels
        halves = self._figures_of_halves(seed)
        self.noise = {
            key: _noise_of(figure, [figures.get(key) for figures in halves]) for key, figure in self.figures.items()
        }

    def figures_of(self, corrupted: Records) -> tuple[Figures, int]:
        """Returns the figures of corrupted records and the number of changed ones; measures nothing but these."""
        changed = [number for number, record in enumerate(corrupted) if record is not self.records[number]]
        outcomes = dict(zip(changed, self.bench.measure([corrupted[number] for number in changed]), strict=True))
        changed_metrics = {
            metric.card.name
            for position, metric in enumerate(self.bench.metrics)
            if any(outcomes[number][position] != self.outcomes[number][position] for number in changed)
        }
        metrics = self.bench.affected_metrics(changed_metrics)
        all_outcomes = [outcomes.get(number, outcome) for number, outcome in enumerate(self.outcomes)]
        figures = self.bench.combine(metrics, all_outcomes).figures
        names = {metric.card.name for metric in metrics}
        same = {key: figure for key, figure in self.figures.items() if key[0] not in names}
        return {**same, **figures}, len(changed)

    def _figures_of_halves(self, seed: int) -> list[Figures]:
        generator = np.random.default_rng(seed)
        size = len(self.outcomes)
        drawn = [generator.choice(size, size // 2, replace=False) for _ in range(HALVES)]
        halves = [[self.outcomes[number] for number in sorted(numbers)] for numbers in drawn]
        return [self.bench.combine(self.bench.metrics, half).figures for half in halves]


def _noise_of(figure: Figure, halves: Sequence[Figure | None]) -> Noise | None:
    """The noise of a figure: its own interval, or else its spread over random halves of the records."""
    if figure.value is None or figure.interval:
        return figure.interval
    return noise_of_halves(float(figure.value), [half.value if half else None for half in halves])


def _run_trial(name: str, sample: Sample, doses: Sequence[float], faultless: _Faultless) -> Trial:
    meaning = inspect.getdoc(CORRUPTIONS[name]) or ""
    figures_by_dose, changed = [faultless.figures], [0]
    for dose in doses[1:]:
        corrupted = CORRUPTIONS[name](sample, dose)
        if corrupted is None:
            return Trial(corruption=name, meaning=meaning, changed=(), curves=())
        figures, count = faultless.figures_of(corrupted)
        figures_by_dose.append(figures)
        changed.append(count)
    curves = tuple(_curve(key, name, doses, figures_by_dose, faultless.noise[key]) for key in faultless.figures)
    return Trial(corruption=name, meaning=meaning, changed=tuple(changed), curves=curves)


def _curve(
    key: FigureKey, corruption: str, doses: Sequence[float], by_dose: Sequence[Figures], noise: Noise | None
) -> DoseCurve:
    metric, name, variant = key
    figures = [of_dose.get(key) for of_dose in by_dose]
    values = tuple(None if figure is None or figure.value is None else float(figure.value) for figure in figures)
    direction = by_dose[0][key].direction
    answer = dose_response_of(doses, values, noise, direction)
    reason = next((figure.reason for figure in figures if figure and figure.value is None and figure.reason), "")
    answer = with_fields(answer, reason="; ".join(filter(None, (answer.reason, reason))))
    aimed = name.startswith(AIMED[corruption].get(metric, ()))
    return DoseCurve(
        metric=metric,
        figure=name,
        variant=variant,
        direction=direction,
        aimed=aimed,
        values=values,
        noise=noise,
        answer=answer,
    )


def _task_labels(records: Records, measured: Labels) -> tuple[str, tuple[str, ...]]:
    """The label of each record's task, and their source: the dataset, the metric, or a word of the instruction."""
    stored = tuple(record.task or "" for record in records)
    if len(set(stored)) > 1:
        return "the dataset's own labels", stored
    of_metric = tuple(next((turn[0] for turn in measured.get(record.place.row, ()) if turn), "") for record in records)
    if len(set(of_metric)) > 1:
        return "the labels of tasks", of_metric
    first_words = tuple(next(iter(content_words(_first_instruction(record))), "") for record in records)
    return "the first content word of the instruction", first_words


def _first_instruction(record: Record) -> str:
    return next((turn.instruction for turn in record.turns if turn.instruction), "")
