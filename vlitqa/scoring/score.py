"""Scores datasets into their run folders, or checks one in memory: measures each, learns from all, sums each up."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import KW_ONLY, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from vlitqa import __version__
from vlitqa.backends.profiles import FILE, other_tools
from vlitqa.contracts import Engine, FittedMetric, Metric, Observer
from vlitqa.errors import RunError, UsageError
from vlitqa.reader import Dataset
from vlitqa.results import Finding, Measurement, RunInfo, Scorecard, Scored, StoredReading, Summary, to_json
from vlitqa.results.findings import FaultPlaces, worst_first
from vlitqa.results.scorecard import OTHER_TOOLS
from vlitqa.runs.folder import INFO, SCORECARD, RunFolder, folder_for
from vlitqa.runs.stored import read_measurements
from vlitqa.scoring.cache import Cache
from vlitqa.scoring.gold import GoldVerdicts, JoinedGold
from vlitqa.scoring.job import Job, ScoreRequest, prepare_job
from vlitqa.scoring.loop import measure_dataset
from vlitqa.scoring.people import compare_with_people
from vlitqa.scoring.places import with_all_places
from vlitqa.scoring.plan import RunResources, Tally
from vlitqa.scoring.provenance import metric_provenance, package_versions
from vlitqa.scoring.sinks import FolderSink, MemorySink
from vlitqa.scoring.summing import Fits, combine_metrics, fit_metrics, has_failed

Watch = Callable[[str], AbstractContextManager[Observer]]
"""Gives an observer of the work on the dataset of this name."""


class ChooseEngine(Protocol):
    """Chooses the engine of a run."""

    def __call__(self, *, is_long: bool) -> Engine:
        """Returns an engine; for a long run several processes are worth their start."""
        ...


@dataclass(frozen=True, slots=True)
class RunPlace:
    """The folders of a run and its cache, the command that began it, and a way to tell the user something."""

    output: Path
    cache: Path
    _: KW_ONLY
    command: Sequence[str] = ()
    tell: Callable[[str], None] = print
    """Takes a sentence that is no result and that a user should read."""


class ScoredDataset(NamedTuple):
    """A dataset with its run folder and its scorecard."""

    dataset: Dataset
    folder: Path
    card: Scorecard


def check_dataset(
    dataset: Dataset, request: ScoreRequest, choose: ChooseEngine, observer: Observer, *, all_places: bool = False
) -> Scorecard:
    """Makes the scorecard of a dataset in memory, if wanted with all places of its findings; nothing is written."""
    job = prepare_job(dataset, request)
    sink = MemorySink(request.metrics)
    resources = RunResources(choose(is_long=job.is_long(with_images=True)), observer)
    tally = measure_dataset(dataset, job.plan, sink, resources)
    fits = fit_metrics(request.metrics, job.plan.toolbox, [sink.measurements_of])
    summaries = combine_metrics(request.metrics, job.plan.toolbox, fits, sink.measurements_of)
    card = _make_scorecard(job, tally, summaries, pool=[dataset.sha256])
    return with_all_places(card, summaries, sink) if all_places else card


def score_datasets(
    datasets: Sequence[Dataset], request: ScoreRequest, place: RunPlace, choose: ChooseEngine, watch: Watch
) -> Iterator[ScoredDataset]:
    """Scores datasets together, each into its run folder; the same call goes on where a killed one stopped.

    All are measured before any is summed up, because some metrics learn from all of them first.
    """
    jobs = [prepare_job(dataset, request) for dataset in datasets]
    _refuse_different_tools(jobs)
    for sentence in dict.fromkeys(job.plan.toolbox.description() for job in jobs):
        if sentence:
            place.tell(sentence)
    for job in jobs:
        if job.gold:
            place.tell(_describe_gold(job.gold, job.joined_gold, job.dataset.name))
    pool = [dataset.sha256 for dataset in datasets]
    runs = [_measure(job, pool, place, choose, watch) for job in jobs]
    fits = fit_metrics(request.metrics, jobs[0].plan.toolbox, [run.measurements_of for run in runs]) if jobs else Fits()
    for run in runs:
        yield ScoredDataset(run.job.dataset, run.folder, _sum_up(run, fits, pool, place))


def _describe_gold(gold: GoldVerdicts, joined: JoinedGold, name: str) -> str:
    """Says how many verdicts of people are about a dataset, or why none is taken."""
    if joined.elsewhere:
        return (
            f"{gold.path} is not used: {joined.elsewhere:,} of its verdicts are about other responses to instructions "
            f"of {name}, so that it was drawn from another version. Draw anew: vlitqa gold"
        )
    return f"{joined.count:,} responses of {name} have a verdict in {gold.path}."


def _refuse_different_tools(jobs: Sequence[Job]) -> None:
    """Raises UsageError where a metric would learn from datasets that are measured with different tools."""
    for metric in jobs[0].request.metrics if jobs else ():
        fingerprints = {tuple(sorted(job.plan.toolbox.fingerprints(metric.card.tools).items())) for job in jobs}
        if isinstance(metric, FittedMetric) and len(fingerprints) > 1:
            raise UsageError(
                f"{metric.card.name} learns from all datasets, and their {FILE} files name different tools.",
                repair="Name the tools for all: --profile or --tool.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _MeasuredRun:
    """A dataset whose measurements are in its run folder."""

    job: Job
    folder: Path
    tally: Tally
    engine: Engine
    started: datetime
    seconds: float

    def measurements_of(self, metric: Metric) -> Iterator[Measurement]:
        return read_measurements(self.folder, metric.card.name)


def _measure(job: Job, pool: Sequence[str], place: RunPlace, choose: ChooseEngine, watch: Watch) -> _MeasuredRun:
    """Measures a dataset into its run folder; the pool holds the digests of all datasets of the run."""
    started, clock = datetime.now(UTC), time.monotonic()
    path = folder_for(place.output, job.stem, job.digest(pool), started.strftime("%Y%m%d"))
    with closing(RunFolder(path)) as folder, closing(Cache(place.cache)) as cache:
        if cache.note:
            place.tell(cache.note)
        engine = choose(is_long=job.is_long(with_images=False))
        names = [metric.card.name for metric in job.plan.metrics]
        with folder.measurement_writer(names) as writer, watch(job.dataset.name) as observer:
            sink = FolderSink(writer, job.dataset.name)
            tally = measure_dataset(job.dataset, job.plan, sink, RunResources(engine, observer, cache))
    seconds = time.monotonic() - clock
    return _MeasuredRun(job=job, folder=path, tally=tally, engine=engine, started=started, seconds=seconds)


def _sum_up(run: _MeasuredRun, fits: Fits, pool: Sequence[str], place: RunPlace) -> Scorecard:
    """Combines the measurements of a dataset; what says that the run is whole is written last."""
    clock = time.monotonic()
    metrics = run.job.plan.metrics
    with closing(RunFolder(run.folder)) as folder:
        summaries = combine_metrics(metrics, run.job.plan.toolbox, fits, run.measurements_of, run.job.joined_gold.rows)
        people = compare_with_people(run.job.joined_gold, metrics, run.measurements_of)
        card = replace(_make_scorecard(run.job, run.tally, summaries, pool=pool), people=people)
        by_metric = {metric.card.name: summary for metric, summary in zip(metrics, summaries, strict=True)}
        folder.write_labels({metric: summary.labels for metric, summary in by_metric.items() if summary.labels})
        folder.write_findings({metric: summary.faulty for metric, summary in by_metric.items()})
        folder.write(SCORECARD, to_json(card, indent=True))
        _refuse_changed(run.job.dataset)
        seconds = run.seconds + time.monotonic() - clock
        folder.write(INFO, to_json(_make_run_info(run, place.command, seconds), indent=True))
    return card


def _refuse_changed(dataset: Dataset) -> None:
    """Raises RunError where other rows were measured than those of the digest that names the run."""
    if dataset.source.has_changed():
        raise RunError(
            f"{dataset.path} changed while it was scored: the run is not whole.",
            repair="Run the same command again when nobody writes to the file.",
        )


def _make_run_info(run: _MeasuredRun, command: Sequence[str], seconds: float) -> RunInfo:
    dataset = run.job.dataset
    reading = dataset.reading
    return RunInfo(
        command=list(command),
        dataset=str(dataset.path.absolute()),
        reading=StoredReading(
            format=reading.format,
            mapping=dict(reading.mapping),
            images=str(reading.images.absolute()) if reading.images else "",
            image_roots=[str(root.absolute()) for root in run.job.request.image_roots],
            home=str(dataset.home) if reading.home else "",
            files=[str(file.absolute()) for file in reading.files],
        ),
        version=__version__,
        packages={"python": platform.python_version(), **package_versions()},
        engine=type(run.engine).__name__,
        workers=run.engine.workers,
        started=run.started.isoformat(timespec="seconds"),
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=round(seconds, 3),
        from_cache=run.tally.from_cache,
    )


def _make_scorecard(job: Job, tally: Tally, summaries: Sequence[Summary], *, pool: Sequence[str]) -> Scorecard:
    """Makes the scorecard of a dataset; its labels and its faulty rows are kept in files of their own."""
    scored = tuple(
        Scored(metric.card.name, _provenance(metric, job, pool), replace(summary, labels={}, tags={}, faulty=()))
        for metric, summary in zip(job.plan.metrics, summaries, strict=True)
    )
    return Scorecard(
        dataset=job.dataset.name,
        sha256=job.dataset.sha256,
        format=job.dataset.format.name if job.dataset.format else "",
        container=job.dataset.container.name,
        rows=tally.rows,
        records=tally.records,
        rejects=tally.rejects,
        rejected=_rejected_findings(tally),
        cut_off=tally.cut_off,
        failed=tally.failed + sum(map(has_failed, summaries)),
        sample=job.sample,
        seed=job.request.seed,
        scored=scored,
        unread_fields=job.dataset.unread_fields,
    )


def _provenance(metric: Metric, job: Job, pool: Sequence[str]) -> Mapping[str, object]:
    fitted_on = {"fitted on": sorted(set(pool))} if isinstance(metric, FittedMetric) else {}
    gold = {"gold": job.gold.digest} if metric.card.gold and job.gold and job.joined_gold.rows else {}
    card, toolbox = metric.card, job.plan.toolbox
    others = other_tools(toolbox.choices, card.tools_of_original or card.tools)
    return {**metric_provenance(metric, toolbox), **({OTHER_TOOLS: others} if others else {}), **fitted_on, **gold}


def _rejected_findings(tally: Tally) -> tuple[Finding, ...]:
    """The rejects by their code; a file without rows is one fault."""
    if not tally.rows and not tally.cut_off:
        return (FaultPlaces(1).finding("no_rows"),)
    return worst_first(places.finding(code) for code, places in tally.rejected.items())
