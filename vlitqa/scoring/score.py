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
from vlitqa.backends.profiles import FILE
from vlitqa.contracts import Engine, FittedMetric, Metric, Observer
from vlitqa.errors import RunError, UsageError
from vlitqa.reader import Dataset
from vlitqa.results import Measurement, RunInfo, Scorecard, StoredReading, Summary, to_json
from vlitqa.results.groups import SOURCE_LABEL, ScoresByGroup
from vlitqa.runs.folder import INFO, SCORECARD, RunFolder, folder_for
from vlitqa.runs.stored import read_measurements
from vlitqa.scoring.cache import Cache
from vlitqa.scoring.gold import GoldVerdicts, JoinedGold
from vlitqa.scoring.group_summing import GroupedRows, score_groups
from vlitqa.scoring.job import Job, ScoreRequest, prepare_job
from vlitqa.scoring.loop import measure_dataset
from vlitqa.scoring.people import compare_with_people
from vlitqa.scoring.places import with_all_places
from vlitqa.scoring.plan import RunResources, Tally
from vlitqa.scoring.provenance import package_versions, plugin_versions
from vlitqa.scoring.ratings import with_correlations
from vlitqa.scoring.scorecards import make_scorecard
from vlitqa.scoring.sinks import FolderSink, MemorySink
from vlitqa.scoring.summing import Combining, Fits, combine_metrics, fit_metrics

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
    folder: Path | None = None
    """The run folder of the only dataset, where it is there already; None for a new one below `output`."""
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
    summaries = combine_metrics(request.metrics, sink.measurements_of, Combining(job.plan.toolbox, fits))
    card = make_scorecard(job, tally, summaries, pool=[dataset.sha256])
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
    groups: Mapping[int, str]
    """By row: the group of each record, where there are groups."""
    engine: Engine
    started: datetime
    seconds: float

    def measurements_of(self, metric: Metric) -> Iterator[Measurement]:
        return read_measurements(self.folder, metric.card.name)


def _measure(job: Job, pool: Sequence[str], place: RunPlace, choose: ChooseEngine, watch: Watch) -> _MeasuredRun:
    """Measures a dataset into its run folder; the pool holds the digests of all datasets of the run."""
    started, clock = datetime.now(UTC), time.monotonic()
    path = place.folder or folder_for(place.output, job.stem, job.digest(pool), started.strftime("%Y%m%d"))
    with closing(RunFolder(path)) as folder, closing(Cache(place.cache)) as cache:
        if cache.note:
            place.tell(cache.note)
        engine = choose(is_long=job.is_long(with_images=False))
        names = [metric.card.name for metric in job.measured]
        with folder.measurement_writer(names) as writer, watch(job.dataset.name) as observer:
            sink = FolderSink(writer, job)
            tally = measure_dataset(job.dataset, job.plan, sink, RunResources(engine, observer, cache))
    seconds = time.monotonic() - clock
    return _MeasuredRun(
        job=job, folder=path, tally=tally, groups=sink.groups, engine=engine, started=started, seconds=seconds
    )


def _sum_up(run: _MeasuredRun, fits: Fits, pool: Sequence[str], place: RunPlace) -> Scorecard:
    """Combines the measurements of a dataset; what says that the run is whole is written last."""
    clock = time.monotonic()
    metrics = run.job.measured
    with closing(RunFolder(run.folder)) as folder:
        combining = Combining(run.job.plan.toolbox, fits, run.job.joined_gold.rows)
        summaries = combine_metrics(metrics, run.measurements_of, combining)
        for number, rating in enumerate(run.job.ratings, len(run.job.plan.metrics)):
            correlated = with_correlations(summaries[number], rating, run.job.plan.metrics, run.measurements_of)
            summaries[number] = correlated
        people = compare_with_people(run.job.joined_gold, run.job.plan.metrics, run.measurements_of)
        card = replace(make_scorecard(run.job, run.tally, summaries, pool=pool), people=people)
        by_metric = {metric.card.name: summary for metric, summary in zip(metrics, summaries, strict=True)}
        labels = {metric: summary.labels for metric, summary in by_metric.items() if summary.labels}
        if run.job.grouping:
            card = replace(card, by_group=_score_groups(run, summaries, combining))
            labels[SOURCE_LABEL] = {row: [(group,)] for row, group in run.groups.items()}
        folder.write_labels(labels)
        folder.write_findings({metric: summary.faulty for metric, summary in by_metric.items()})
        folder.write(SCORECARD, to_json(card, indent=True))
        _refuse_changed(run.job.dataset)
        seconds = run.seconds + time.monotonic() - clock
        folder.write(INFO, to_json(_make_run_info(run, place.command, seconds), indent=True))
    return card


def _score_groups(run: _MeasuredRun, summaries: Sequence[Summary], combining: Combining) -> ScoresByGroup:
    grouping = GroupedRows(run.job.grouping.field if run.job.grouping else "", run.groups)
    return score_groups(grouping, run.job.measured, run.measurements_of, summaries, combining)


def _refuse_changed(dataset: Dataset) -> None:
    """Raises RunError where other rows were measured than those of the digest that names the run."""
    if dataset.source.has_changed():
        raise RunError(
            f"{dataset.path} changed while it was scored: the run is not whole.",
            repair="Run the same command again when nobody writes to the file.",
        )


def _make_run_info(run: _MeasuredRun, command: Sequence[str], seconds: float) -> RunInfo:
    dataset = run.job.dataset
    reading, plugins = dataset.reading, plugin_versions(run.job.request.metrics, dataset.format)
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
            frames=reading.frames,
        ),
        version=__version__,
        packages={"python": platform.python_version(), **package_versions(), **plugins},
        engine=type(run.engine).__name__,
        workers=run.engine.workers,
        started=run.started.isoformat(timespec="seconds"),
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=round(seconds, 3),
        from_cache=run.tally.from_cache,
    )
