"""Scores a dataset into a run folder, or checks it in memory: opens, plans, runs the loop, and sums up."""

from __future__ import annotations

import hashlib
import platform
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from vlitqa import __version__
from vlitqa.cache import Cache
from vlitqa.contracts import Engine, Metric, Observer, Outcome
from vlitqa.errors import UsageError
from vlitqa.loop import Means, Plan, Tally, measure_dataset
from vlitqa.measuring import combined, has_failed
from vlitqa.metrics.findings import Seen, finding_of, in_order
from vlitqa.profiles import choices_of, profile_of
from vlitqa.provenance import digest_of, file_digest, metric_provenance, package_versions
from vlitqa.reader import Dataset, Reading, open_dataset
from vlitqa.records import Record, Reject
from vlitqa.results import Finding, Measurement, RunInfo, Scorecard, Scored, to_json
from vlitqa.run_folder import INFO, SCORECARD, MeasurementWriter, RunFolder, folder_for, stored_measurements
from vlitqa.toolbox import Toolbox, image_roots_of

_FEW = 256
"""Records up to which starting processes would take longer than the work."""

_STEM_BYTES = 200
"""A file name has 255, and the name of a run folder ends in its date and digest."""

ChooseEngine = Callable[[bool], Engine]
"""Gives an engine when told whether several processes would be worth their start."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a user wants to know of a dataset."""

    metrics: tuple[Metric, ...]
    reading: Reading = field(default_factory=Reading)
    image_roots: tuple[Path, ...] = ()
    profile: str = ""
    """Name of a profile; empty means: as the dataset's folder says."""
    tools: tuple[str, ...] = ()
    """Tools by kind that the profile does not decide, each `kind=tool`."""
    seed: int = 0
    limit: int | None = None
    draw: int | None = None
    """Draw so many records at random instead of taking all."""


def check_dataset(path: Path, request: Request, choose: ChooseEngine, observer: Observer) -> Scorecard:
    """The scorecard of a dataset, made in memory: nothing is written and nothing is kept."""
    job = _job(path, request)
    sink = _Memory()
    engine = choose(_is_long(job.dataset, with_images=True))
    tally = measure_dataset(job.dataset, job.plan, sink, Means(engine, observer))
    return _scorecard(job, tally, sink.of)


@dataclass(frozen=True, slots=True)
class RunPlace:
    """Where a run writes, what it remembers, and how it speaks."""

    output: Path
    cache: Path
    command: Sequence[str] = ()
    tell: Callable[[str], None] = print
    """Takes what a user should know and no result says."""


def score_dataset(
    path: Path, request: Request, place: RunPlace, choose: ChooseEngine, observer: Observer
) -> tuple[Path, Scorecard]:
    """Scores a dataset into its run folder; the same call goes on where a killed one stopped."""
    started, clock = datetime.now(UTC), time.monotonic()
    job = _job(path, request, file_digest(path))
    folder = RunFolder(folder_for(place.output, _stem(path), _digest(job), started.strftime("%Y%m%d")))
    try:
        cache = Cache(place.cache)
        if cache.note:
            place.tell(cache.note)
        try:
            engine = choose(_is_long(job.dataset, with_images=False))
            names = [metric.card.name for metric in job.plan.metrics]
            with folder.measurements(names) as writer:
                sink = _Stored(writer, path.name)
                tally = measure_dataset(job.dataset, job.plan, sink, Means(engine, observer, cache))
        finally:
            cache.close()
        card = _scorecard(job, tally, lambda position: stored_measurements(folder.path, names[position]))
        folder.write(SCORECARD, to_json(card, indent=True))
        info = RunInfo(
            command=list(place.command),
            dataset=str(path),
            version=__version__,
            packages={"python": platform.python_version(), **package_versions()},
            engine=type(engine).__name__,
            workers=engine.workers,
            started=started.isoformat(timespec="seconds"),
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
            seconds=round(time.monotonic() - clock, 3),
            from_cache=tally.from_cache,
        )
        folder.write(INFO, to_json(info, indent=True))
        return folder.path, card
    finally:
        folder.close()


def smallest_size(paths: Sequence[Path], reading: Reading) -> int:
    """The number of records of the smallest dataset; raises UsageError where one has none."""
    sizes = {path: len(_record_rows(open_dataset(path, reading))) for path in paths}
    for path, size in sizes.items():
        if not size:
            raise UsageError(f"--equal-size: {path} has no records.", repair="Leave it out.")
    return min(sizes.values())


@dataclass(frozen=True, slots=True)
class _Job:
    """A dataset that was opened, and what is to be done with it."""

    dataset: Dataset
    request: Request
    plan: Plan
    sha256: str


def _job(path: Path, request: Request, sha256: str = "") -> _Job:
    dataset = open_dataset(path, request.reading)
    kinds = dict.fromkeys(kind for metric in request.metrics for kind in metric.card.tools)
    profile = profile_of(path.absolute().parent, request.profile, request.tools)
    toolbox = Toolbox(tuple(map(str, image_roots_of(path, request.image_roots))), choices_of(profile, tuple(kinds)))
    toolbox.close()
    rows = None if request.draw is None else _drawn_rows(dataset, request.draw, request.seed)
    return _Job(dataset, request, Plan(request.metrics, toolbox, request.limit, rows), sha256)


def _drawn_rows(dataset: Dataset, count: int, seed: int) -> frozenset[int]:
    """As many rows with a record as asked for, drawn by a seed; the same ones on any machine."""
    ranked = sorted(_record_rows(dataset), key=lambda row: hashlib.blake2b(b"%d %d" % (seed, row)).digest())
    return frozenset(ranked[:count])


def _record_rows(dataset: Dataset) -> list[int]:
    """The rows of a dataset that hold a record."""
    with dataset.entries() as entries:
        return [entry.place.row for entry in entries if isinstance(entry, Record)]


def _is_long(dataset: Dataset, *, with_images: bool) -> bool:
    """Whether a dataset has more than a few records, and images among the first if that matters."""
    with dataset.entries() as entries:
        first = [entry for entry in islice(entries, _FEW + 1) if isinstance(entry, Record)]
    return len(first) > _FEW and (not with_images or any(record.images for record in first))


def _digest(job: _Job) -> str:
    """Stands for everything that tells one run from another."""
    request = job.request
    identity = {
        "dataset": job.sha256,
        "format": job.dataset.format.name if job.dataset.format else "",
        "mapping": dict(request.reading.mapping),
        "images": str(request.reading.images or ""),
        "image_roots": list(job.plan.toolbox.image_roots),
        "metrics": [metric_provenance(metric, job.plan.toolbox) for metric in request.metrics],
        "seed": request.seed,
        "limit": request.limit,
        "draw": request.draw,
    }
    return digest_of(identity).hex()[:10]


def _scorecard(job: _Job, tally: Tally, measurements: Callable[[int], Iterable[Measurement]]) -> Scorecard:
    """Sums up; `measurements` gives those of the n-th metric."""
    summaries = [combined(metric, measurements(position)) for position, metric in enumerate(job.plan.metrics)]
    scored = tuple(
        Scored(metric.card.name, metric_provenance(metric, job.plan.toolbox), summary)
        for metric, summary in zip(job.plan.metrics, summaries, strict=True)
    )
    return Scorecard(
        dataset=job.dataset.path.name,
        sha256=job.sha256,
        format=job.dataset.format.name if job.dataset.format else "",
        container=job.dataset.container.name,
        rows=tally.rows,
        records=tally.records,
        rejects=tally.rejects,
        rejected=_rejected(tally),
        cut_off=tally.cut_off,
        failed=tally.failed + sum(map(has_failed, summaries)),
        sample=_sample(job.request),
        seed=job.request.seed,
        scored=scored,
    )


def _rejected(tally: Tally) -> tuple[Finding, ...]:
    """The rejects by their code; a file without rows is one fault."""
    if not tally.rows and not tally.cut_off:
        return (finding_of("no_rows", Seen(1)),)
    return in_order(finding_of(code, seen) for code, seen in tally.rejected.items())


def _sample(request: Request) -> str:
    parts = []
    if request.draw is not None:
        parts.append(f"{request.draw} records drawn with seed {request.seed}")
    if request.limit is not None:
        parts.append(f"the first {request.limit} records")
    return ", ".join(parts) or "all records"


def _stem(path: Path) -> str:
    """The name of a dataset in the name of its run folder."""
    stem = path.name.split(".")[0] or "dataset"
    plain = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in stem)
    return plain.encode()[:_STEM_BYTES].decode(errors="ignore")


class _Memory:
    """Keeps the measurements of a check."""

    def __init__(self) -> None:
        self._outcomes: list[Outcome] = []

    def add(self, record: Record, outcome: Outcome) -> None:
        self._outcomes.append(outcome)

    def reject(self, reject: Reject) -> None:
        """A check counts rejects and keeps none."""

    def of(self, position: int) -> Iterator[Measurement]:
        return (outcome[position] for outcome in self._outcomes)


class _Stored:
    """Writes the measurements of a score."""

    def __init__(self, writer: MeasurementWriter, file: str) -> None:
        self._writer, self._file = writer, file

    def add(self, record: Record, outcome: Outcome) -> None:
        self._writer.add(record, outcome)

    def reject(self, reject: Reject) -> None:
        self._writer.reject(reject, self._file)
