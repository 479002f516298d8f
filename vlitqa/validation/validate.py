"""Which metrics can be trusted on a dataset: copies of its records get faults of known dose, and every figure is asked.

Nothing is written: all copies stand in memory. What metrics learn, such as a vocabulary of tasks, they learn once and
from the records without faults, so that the yardstick does not follow what it measures.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from dataclasses import replace as with_fields
from itertools import islice

import numpy as np

from vlitqa.algorithms.words import content_words
from vlitqa.contracts import Metric, Observer, Outcome
from vlitqa.errors import UsageError
from vlitqa.records import Record
from vlitqa.results import Figure, Labels
from vlitqa.scoring.cache import Cache
from vlitqa.scoring.job import Job
from vlitqa.scoring.lookup import CacheLookup
from vlitqa.scoring.plan import BATCH
from vlitqa.scoring.summing import Fits, Source, fits_of, summaries_of
from vlitqa.scoring.work import Scorer
from vlitqa.validation.aims import AIMED
from vlitqa.validation.corruptions import CORRUPTIONS
from vlitqa.validation.dose_response import HALVES, DoseCurve, Noise, dose_response_of, noise_of_halves
from vlitqa.validation.sample import Records, Sample

DOSES = (0.0, 0.1, 0.2, 0.4, 0.8)
_FEWEST = 4

Key = tuple[str, str, str]
"""A metric, the name of its figure and the variant."""
Figures = Mapping[Key, Figure]


@dataclass(frozen=True, slots=True)
class Trial:
    """One corruption at all doses."""

    corruption: str
    meaning: str
    changed: tuple[int, ...]
    """Records that are not what they were, at each dose; nothing where there was nothing to corrupt."""
    curves: tuple[DoseCurve, ...]


@dataclass(frozen=True, slots=True)
class Validation:
    """What all corruptions say of the metrics, on one dataset."""

    dataset: str
    sample: str
    records: int
    seed: int
    doses: tuple[float, ...]
    labels: str
    """Whose labels say which task a record has."""
    trials: tuple[Trial, ...]


@dataclass(frozen=True, slots=True)
class ValidationRequest:
    """The faults that are put in, and their doses."""

    doses: tuple[float, ...] = DOSES
    corruptions: tuple[str, ...] = tuple(CORRUPTIONS)


def validate(job: Job, request: ValidationRequest, cache: Cache, observer: Observer) -> Validation:
    """Corrupts copies of the records of a job, measures them all, and compares every figure over the doses."""
    records = _records_of(job)
    if len(records) < _FEWEST:
        raise UsageError(f"{job.dataset.path} has only {len(records)} records.", repair="Take a larger dataset.")
    doses = tuple(sorted({0.0, *request.doses}))
    bench = _Bench(job, cache, observer, steps=1 + len(request.corruptions) * (len(doses) - 1))
    faultless = _Faultless(bench, records, job.request.seed)
    named, labels = _labels(records, faultless.labels)
    sample = Sample(records, labels, job.request.seed)
    trials = tuple(_trial(name, sample, doses, faultless) for name in request.corruptions)
    return Validation(job.dataset.path.name, job.sample, len(records), job.request.seed, doses, named, trials)


def _records_of(job: Job) -> Records:
    rows = job.plan.rows
    with job.dataset.entries() as entries:
        records = (entry for entry in entries if isinstance(entry, Record))
        return tuple(islice((each for each in records if rows is None or each.place.row in rows), job.plan.limit))


class _Bench:
    """Measures records, what is known from the cache, and sums them up with what was learned at first."""

    def __init__(self, job: Job, cache: Cache, observer: Observer, steps: int) -> None:
        plan = job.plan
        self.metrics, self._toolbox = plan.metrics, plan.toolbox
        self._lookup = CacheLookup(plan, cache)
        self._scorer = Scorer(plan.metrics, plan.toolbox, plan.samples)
        self._observer, self._steps = observer, steps
        self._step = self._done = 0
        self._fits = Fits()

    def learn(self, outcomes: Sequence[Outcome]) -> None:
        self._fits = fits_of(self.metrics, self._toolbox, [self._source(outcomes)])

    def measured(self, records: Sequence[Record]) -> list[Outcome]:
        """One step of the work."""
        outcomes: list[Outcome] = []
        for start in range(0, len(records), BATCH):
            outcomes += self._batch(records[start : start + BATCH])
            self._observer(self._done + len(outcomes), 0, (self._step + len(outcomes) / len(records)) / self._steps)
        self._done += len(outcomes)
        self._step += 1
        return outcomes

    def concerned(self, touched: Set[str]) -> tuple[Metric, ...]:
        """The metrics whose own measurements, or those of a metric they read, are others; and those that are read."""
        wanted = {each.card.name for each in self.metrics if not touched.isdisjoint((each.card.name, *each.card.reads))}
        wanted.update(name for each in self.metrics if each.card.name in wanted for name in each.card.reads)
        return tuple(each for each in self.metrics if each.card.name in wanted)

    def figures(self, metrics: Sequence[Metric], outcomes: Sequence[Outcome]) -> tuple[Figures, Labels]:
        """The figures of some metrics, and the labels of tasks if they are among them."""
        summaries = summaries_of(metrics, self._toolbox, self._fits, self._source(outcomes))
        found: dict[Key, Figure] = {}
        labels: Labels = {}
        for metric, summary in zip(metrics, summaries, strict=True):
            labels = summary.labels if metric.card.name == "tasks" else labels
            found.update({(metric.card.name, each.name, each.variant): each for each in summary.figures})
        return found, labels

    def _source(self, outcomes: Sequence[Outcome]) -> Source:
        at = {metric.card.name: place for place, metric in enumerate(self.metrics)}
        return lambda metric: (outcome[at[metric.card.name]] for outcome in outcomes)

    def _batch(self, records: Sequence[Record]) -> list[Outcome]:
        batch = self._lookup.batch(records)
        outcomes = self._scorer(batch.tasks) if batch.tasks else []
        self._lookup.keep(batch, outcomes)
        return [measurements for _, measurements in batch.complete(outcomes)]


class _Faultless:
    """The records without faults: their measurements, figures and labels, and the noise of each figure."""

    def __init__(self, bench: _Bench, records: Records, seed: int) -> None:
        self.bench, self.records = bench, records
        self.outcomes = bench.measured(records)
        bench.learn(self.outcomes)
        self.figures, self.labels = bench.figures(bench.metrics, self.outcomes)
        halves = self._halves(seed)
        self.noise = {
            key: self._noise(figure, [each.get(key) for each in halves]) for key, figure in self.figures.items()
        }

    def figures_of(self, corrupted: Records) -> tuple[Figures, int]:
        """The figures of corrupted records, and how many are others; what did not change is not done again."""
        changed = [at for at, record in enumerate(corrupted) if record is not self.records[at]]
        new = dict(zip(changed, self.bench.measured([corrupted[at] for at in changed]), strict=True))
        touched = {
            metric.card.name
            for place, metric in enumerate(self.bench.metrics)
            if any(new[at][place] != self.outcomes[at][place] for at in changed)
        }
        metrics = self.bench.concerned(touched)
        found, _ = self.bench.figures(metrics, [new.get(at, outcome) for at, outcome in enumerate(self.outcomes)])
        names = {metric.card.name for metric in metrics}
        return {**{key: each for key, each in self.figures.items() if key[0] not in names}, **found}, len(changed)

    def _halves(self, seed: int) -> list[Figures]:
        generator = np.random.default_rng(seed)
        size = len(self.outcomes)
        drawn = [generator.choice(size, size // 2, replace=False) for _ in range(HALVES)]
        halves = [[self.outcomes[at] for at in sorted(places)] for places in drawn]
        return [self.bench.figures(self.bench.metrics, half)[0] for half in halves]

    def _noise(self, figure: Figure, halves: Sequence[Figure | None]) -> Noise | None:
        if figure.value is None or figure.interval:
            return figure.interval
        return noise_of_halves(float(figure.value), [half.value if half else None for half in halves])


def _trial(name: str, sample: Sample, doses: Sequence[float], faultless: _Faultless) -> Trial:
    meaning = inspect.getdoc(CORRUPTIONS[name]) or ""
    found, changed = [faultless.figures], [0]
    for dose in doses[1:]:
        corrupted = CORRUPTIONS[name](sample, dose)
        if corrupted is None:
            return Trial(name, meaning, (), ())
        figures, count = faultless.figures_of(corrupted)
        found.append(figures)
        changed.append(count)
    curves = tuple(_curve(key, name, doses, found, faultless.noise[key]) for key in faultless.figures)
    return Trial(name, meaning, tuple(changed), curves)


def _curve(
    key: Key, corruption: str, doses: Sequence[float], found: Sequence[Figures], noise: Noise | None
) -> DoseCurve:
    metric, name, variant = key
    figures = [each.get(key) for each in found]
    values = tuple(None if figure is None or figure.value is None else float(figure.value) for figure in figures)
    direction = found[0][key].direction
    answer = dose_response_of(doses, values, noise, direction)
    why = next((each.reason for each in figures if each and each.value is None and each.reason), "")
    answer = with_fields(answer, reason="; ".join(filter(None, (answer.reason, why))))
    aim = AIMED[corruption].get(metric)
    aimed = aim is not None and name.startswith(aim)
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


def _labels(records: Records, found: Labels) -> tuple[str, tuple[str, ...]]:
    """The task of every record, and whose word that is: the dataset's, the metric's, or the instruction's first one."""
    own = tuple(record.task or "" for record in records)
    if len(set(own)) > 1:
        return "the dataset's own labels", own
    given = tuple(next((turn[0] for turn in found.get(each.place.row, ()) if turn), "") for each in records)
    if len(set(given)) > 1:
        return "the labels of tasks", given
    first = tuple(next(iter(content_words(_first_instruction(record))), "") for record in records)
    return "the first content word of the instruction", first


def _first_instruction(record: Record) -> str:
    return next((turn.instruction for turn in record.turns if turn.instruction), "")
