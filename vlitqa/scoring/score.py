"""Scores datasets into their run folders, or checks one in memory: measures each, learns from all, sums each up."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from vlitqa import __version__
from vlitqa.backends.profiles import FILE
from vlitqa.contracts import Engine, FittedMetric, Measured, Metric, Observer, Outcome
from vlitqa.errors import UsageError
from vlitqa.reader import Dataset
from vlitqa.records import Reject
from vlitqa.results import Finding, Labels, Measurement, RunInfo, Scorecard, Scored, StoredReading, to_json
from vlitqa.results.findings import Seen, finding_of, in_order
from vlitqa.runs.folder import INFO, SCORECARD, MeasurementWriter, RunFolder, folder_for
from vlitqa.runs.stored import stored_measurements
from vlitqa.scoring.cache import Cache
from vlitqa.scoring.job import Job, ScoreRequest, job_for
from vlitqa.scoring.loop import measure_dataset
from vlitqa.scoring.plan import RunResources, Tally
from vlitqa.scoring.provenance import metric_provenance, package_versions
from vlitqa.scoring.summing import Fits, Source, fits_of, has_failed, summaries_of

ChooseEngine = Callable[[bool], Engine]
"""Gives an engine when told whether several processes would be worth their start."""
Watch = Callable[[str], AbstractContextManager[Observer]]
"""Gives an observer of the work on what has this name."""


def check_dataset(dataset: Dataset, request: ScoreRequest, choose: ChooseEngine, observer: Observer) -> Scorecard:
    """The scorecard of a dataset, made in memory: nothing is written and nothing is kept."""
    job = job_for(dataset, request)
    sink = _Memory(request.metrics)
    resources = RunResources(choose(job.is_long(with_images=True)), observer)
    tally = measure_dataset(dataset, job.plan, sink, resources)
    fits = fits_of(request.metrics, job.plan.toolbox, [sink.of])
    return _scorecard(job, tally, fits, sink.of, pool=[job])[0]


@dataclass(frozen=True, slots=True)
class RunPlace:
    """Where a run writes, what it remembers, and how it speaks."""

    output: Path
    cache: Path
    command: Sequence[str] = ()
    tell: Callable[[str], None] = print
    """Takes what a user should know and no result says."""


class ScoredDataset(NamedTuple):
    """A dataset with its run folder and its scorecard."""

    dataset: Dataset
    folder: Path
    card: Scorecard


def score_datasets(
    datasets: Sequence[Dataset], request: ScoreRequest, place: RunPlace, choose: ChooseEngine, watch: Watch
) -> Iterator[ScoredDataset]:
    """Scores datasets together, each into its run folder; the same call goes on where a killed one stopped.

    All are measured before any is summed up, because some metrics learn from all of them first.
    """
    jobs = [job_for(dataset, request) for dataset in datasets]
    _refuse_different_tools(jobs)
    for sentence in dict.fromkeys(job.plan.toolbox.described() for job in jobs):
        if sentence:
            place.tell(sentence)
    measured = [_measured(job, jobs, place, choose, watch) for job in jobs]
    fits = fits_of(request.metrics, jobs[0].plan.toolbox, [each.source for each in measured]) if jobs else Fits()
    for each in measured:
        yield ScoredDataset(each.job.dataset, each.folder, _summed_up(each, jobs, fits, place))


@dataclass(frozen=True, slots=True)
class _Run:
    """A dataset whose measurements stand in its run folder."""

    job: Job
    folder: Path
    tally: Tally
    engine: Engine
    started: datetime
    seconds: float

    def source(self, metric: Metric) -> Iterator[Measurement]:
        return stored_measurements(self.folder, metric.card.name)


def _measured(job: Job, jobs: Sequence[Job], place: RunPlace, choose: ChooseEngine, watch: Watch) -> _Run:
    started, clock = datetime.now(UTC), time.monotonic()
    digest = job.digest([each.dataset.sha256 for each in jobs])
    folder = RunFolder(folder_for(place.output, job.stem, digest, started.strftime("%Y%m%d")))
    try:
        cache = Cache(place.cache)
        if cache.note:
            place.tell(cache.note)
        try:
            engine = choose(job.is_long(with_images=False))
            names = [metric.card.name for metric in job.plan.metrics]
            with folder.measurements(names) as writer, watch(job.dataset.path.name) as observer:
                sink = _Stored(writer, job.dataset.path.name)
                tally = measure_dataset(job.dataset, job.plan, sink, RunResources(engine, observer, cache))
        finally:
            cache.close()
    finally:
        folder.close()
    return _Run(job, folder.path, tally, engine, started, time.monotonic() - clock)


def _summed_up(measured: _Run, jobs: Sequence[Job], fits: Fits, place: RunPlace) -> Scorecard:
    """Writes what the measurements of a dataset come to, and last that the run is whole."""
    clock, reading = time.monotonic(), measured.job.dataset.reading
    folder = RunFolder(measured.folder)
    try:
        card, labels = _scorecard(measured.job, measured.tally, fits, measured.source, pool=jobs)
        folder.label(labels)
        folder.write(SCORECARD, to_json(card, indent=True))
        info = RunInfo(
            command=list(place.command),
            dataset=str(measured.job.dataset.path.absolute()),
            reading=StoredReading(
                format=reading.format,
                mapping=dict(reading.mapping),
                images=str(reading.images.absolute()) if reading.images else "",
                image_roots=[str(root.absolute()) for root in measured.job.request.image_roots],
            ),
            version=__version__,
            packages={"python": platform.python_version(), **package_versions()},
            engine=type(measured.engine).__name__,
            workers=measured.engine.workers,
            started=measured.started.isoformat(timespec="seconds"),
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
            seconds=round(measured.seconds + time.monotonic() - clock, 3),
            from_cache=measured.tally.from_cache,
        )
        folder.write(INFO, to_json(info, indent=True))
    finally:
        folder.close()
    return card


def _refuse_different_tools(jobs: Sequence[Job]) -> None:
    """Raises UsageError where a metric would learn from datasets that were measured with different tools."""
    for metric in jobs[0].request.metrics if jobs else ():
        prints = {tuple(sorted(job.plan.toolbox.fingerprints(metric.card.tools).items())) for job in jobs}
        if isinstance(metric, FittedMetric) and len(prints) > 1:
            raise UsageError(
                f"{metric.card.name} learns from all datasets, and their {FILE} files name different tools.",
                repair="Name the tools for all: --profile or --tool.",
            )


def _scorecard(
    job: Job, tally: Tally, fits: Fits, source: Source, *, pool: Sequence[Job]
) -> tuple[Scorecard, Mapping[str, Labels]]:
    """What the measurements of a dataset come to, and the labels of its turns by metric."""
    metrics = job.plan.metrics
    summaries = summaries_of(metrics, job.plan.toolbox, fits, source)
    labels = {metric.card.name: each.labels for metric, each in zip(metrics, summaries, strict=True) if each.labels}
    scored = tuple(
        Scored(metric.card.name, _provenance(metric, job, pool), replace(summary, labels={}))
        for metric, summary in zip(metrics, summaries, strict=True)
    )
    card = Scorecard(
        dataset=job.dataset.path.name,
        sha256=job.dataset.sha256,
        format=job.dataset.format.name if job.dataset.format else "",
        container=job.dataset.container.name,
        rows=tally.rows,
        records=tally.records,
        rejects=tally.rejects,
        rejected=_rejected(tally),
        cut_off=tally.cut_off,
        failed=tally.failed + sum(map(has_failed, summaries)),
        sample=job.sample,
        seed=job.request.seed,
        scored=scored,
    )
    return card, labels


def _provenance(metric: Metric, job: Job, pool: Sequence[Job]) -> Mapping[str, object]:
    made = metric_provenance(metric, job.plan.toolbox)
    learned = {"fitted on": sorted({each.dataset.sha256 for each in pool})} if isinstance(metric, FittedMetric) else {}
    return {**made, **learned}


def _rejected(tally: Tally) -> tuple[Finding, ...]:
    """The rejects by their code; a file without rows is one fault."""
    if not tally.rows and not tally.cut_off:
        return (finding_of("no_rows", Seen(1)),)
    return in_order(finding_of(code, seen) for code, seen in tally.rejected.items())


class _Memory:
    """Keeps the measurements of a check."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._at = {metric.card.name: position for position, metric in enumerate(metrics)}
        self._outcomes: list[Outcome] = []

    def add(self, measured: Sequence[Measured]) -> None:
        self._outcomes += [outcome for _, outcome in measured]

    def reject(self, reject: Reject) -> None:
        """A check counts rejects and keeps none."""

    def of(self, metric: Metric) -> Iterable[Measurement]:
        position = self._at[metric.card.name]
        return (outcome[position] for outcome in self._outcomes)


class _Stored:
    """Writes the measurements of a score."""

    def __init__(self, writer: MeasurementWriter, file: str) -> None:
        self._writer, self._file = writer, file

    def add(self, measured: Sequence[Measured]) -> None:
        self._writer.add(measured)

    def reject(self, reject: Reject) -> None:
        self._writer.reject(reject, self._file)
