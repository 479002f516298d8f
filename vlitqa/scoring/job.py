"""The work on one dataset: the metrics that a user asks for, the tools, the sample, and a digest of all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path

from vlitqa.algorithms.shuffle_key import draw_rows
from vlitqa.backends.model_files import exists
from vlitqa.backends.profiles import choose_tools, read_profile
from vlitqa.backends.toolbox import Toolbox, image_roots_of
from vlitqa.contracts import FittedMetric, Metric, Sampled
from vlitqa.errors import UsageError
from vlitqa.reader import Dataset
from vlitqa.records import FRAMES, Record
from vlitqa.results.gold import gold_beside
from vlitqa.results.scorecard import ALL_RECORDS
from vlitqa.scoring.gold import GoldVerdicts, JoinedGold, join_gold, read_gold
from vlitqa.scoring.grouping import RowGroups, choose_grouping
from vlitqa.scoring.plan import Plan, Samples
from vlitqa.scoring.provenance import digest_of, metric_provenance, plugin_versions
from vlitqa.scoring.ratings import choose_ratings
from vlitqa.storage.places import spell_path

_FEW_RECORDS = 256
"""Records up to which starting processes would take longer than the work."""
_SEED_BITS = 63
_STEM_BYTES = 200
"""A file name may have 255 bytes, and the name of a run folder ends in its date and digest."""
_MODEL_KINDS = frozenset(("sentences", "matcher", "judge", "critic"))
"""Kinds of tools that use all cores by themselves, and much memory in every process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRequest:
    """The metrics, tools and sample that a user asks for."""

    metrics: tuple[Metric, ...]
    image_roots: tuple[Path, ...] = ()
    profile: str = ""
    """Name of a profile; empty for the one that the dataset's folder names."""
    tools: tuple[str, ...] = ()
    """Tools that replace those of the profile, written `kind=tool`."""
    seed: int = 0
    limit: int | None = None
    """Number of records after which reading stops."""
    draw: int | None = None
    """Number of records that are drawn at random; None takes all."""
    gold: Path | None = None
    """A file of people's verdicts; None for the one beside the dataset, if there is any."""
    by: str = ""
    """The field of the rows by which figures are given too; empty for none."""
    ratings: tuple[str, ...] = ()
    """The fields of the rows that hold ratings."""

    def __post_init__(self) -> None:
        """Raises UsageError for a limit or a seed that is no such number."""
        if self.limit is not None and (not isinstance(self.limit, int) or self.limit < 1):
            raise UsageError(f"No dataset has {self.limit!r} first records.", repair="Limit it to 1 or more.")
        if not isinstance(self.seed, int) or self.seed.bit_length() > _SEED_BITS:
            raise UsageError(f"{self.seed!r} is no seed.", repair="Give a whole number of 63 bits.")


@dataclass(frozen=True)
class Job:
    """An open dataset, and the work on it."""

    dataset: Dataset
    request: ScoreRequest
    plan: Plan
    grouping: RowGroups | None = None
    ratings: tuple[Metric, ...] = ()
    """The ratings that the rows bring."""

    @cached_property
    def gold(self) -> GoldVerdicts | None:
        """The verdicts of people in a file that the user names or that lies beside the dataset."""
        return _find_gold(self.dataset, self.request.gold)

    @cached_property
    def joined_gold(self) -> JoinedGold:
        """People's verdicts on turns of the dataset."""
        return join_gold(self.gold, self.dataset) if self.gold else JoinedGold({}, 0)

    @property
    def measured(self) -> tuple[Metric, ...]:
        """Everything that has a measurement of each record: the metrics, and the ratings behind them."""
        return (*self.plan.metrics, *self.ratings)

    @property
    def stem(self) -> str:
        """The name of the dataset in the name of its run folder."""
        stem = self.dataset.name.split(".")[0] or "dataset"
        plain = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in stem)
        return plain.encode()[:_STEM_BYTES].decode(errors="ignore")

    @property
    def sample(self) -> str:
        """The records that are measured, in words."""
        request, parts = self.request, []
        if request.draw is not None and len(self.plan.rows or ()) == request.draw:
            parts.append(f"{request.draw} records drawn with seed {request.seed}")
        if request.limit is not None:
            parts.append(f"the first {request.limit} records")
        return ", ".join(parts) or ALL_RECORDS

    def digest(self, pool: Sequence[str]) -> str:
        """Returns ten hexadecimal digits of everything that tells one run from another.

        The pool holds the digests of all datasets of the run: they count where a metric is fitted on them.
        """
        request = self.request
        is_fitted = any(isinstance(metric, FittedMetric) for metric in request.metrics)
        identity: dict[str, object] = {
            "dataset": self.dataset.sha256,
            "pool": sorted(set(pool)) if is_fitted else [],
            "format": self.dataset.format.name if self.dataset.format else "",
            "mapping": {part: spell_path(name) for part, name in self.dataset.reading.mapping.items()},
            "images": spell_path(str(self.dataset.reading.images or "")),
            "image_roots": list(map(spell_path, self.plan.toolbox.image_roots)),
            "metrics": [metric_provenance(metric, self.plan.toolbox) for metric in request.metrics],
            "seed": request.seed,
            "limit": request.limit,
            "draw": request.draw,
        }
        if self.dataset.reading.frames != FRAMES:
            identity["frames"] = self.dataset.reading.frames
        if plugins := plugin_versions((), self.dataset.format):
            identity["format plug-in"] = plugins
        if self.grouping:
            identity["by"] = self.grouping.field
        if self.ratings:
            identity["ratings"] = [rating.card.name for rating in self.ratings]
        if self.gold:
            identity["gold"] = self.gold.digest
        return digest_of(identity).hex()[:10]

    def is_long(self, *, with_images: bool) -> bool:
        """True if several processes are worth their start: many records, with images if that matters, no models."""
        if any(_MODEL_KINDS.intersection(metric.card.tools) for metric in self.request.metrics):
            return False
        records, has_images = 0, not with_images
        with self.dataset.entries() as entries:
            for entry in islice(entries, _FEW_RECORDS + 1):  # one at a time: they may hold photographs
                if isinstance(entry, Record):
                    records += 1
                    has_images = has_images or bool(entry.images)
        return records > _FEW_RECORDS and has_images


def prepare_job(dataset: Dataset, request: ScoreRequest) -> Job:
    """Chooses the tools for a dataset and draws its sample."""
    profile = read_profile(dataset.home, request.profile, request.tools)
    kinds = dict.fromkeys(kind for metric in request.metrics for kind in metric.card.tools)
    roots = tuple(map(str, image_roots_of(dataset.home, request.image_roots)))
    toolbox = Toolbox(roots, choose_tools(profile, tuple(kinds)))
    toolbox.forget_images()
    rows = None if request.draw is None else draw_rows(dataset.record_rows, request.draw, request.seed)
    plan = Plan(metrics=request.metrics, toolbox=toolbox, limit=request.limit, rows=rows)
    plan = replace(plan, samples=_draw_samples(dataset, plan, request.seed))
    return Job(dataset, request, plan, choose_grouping(dataset, request.by), choose_ratings(dataset, request.ratings))


def _find_gold(dataset: Dataset, path: Path | None) -> GoldVerdicts | None:
    """The verdicts in the file that a user names, or in that beside the dataset; None where there are none yet."""
    beside = gold_beside(dataset.path)
    if path is None and not exists(beside):
        return None
    gold = read_gold(path or beside)
    return gold if gold.by_subject or path else None


def smallest_size(datasets: Sequence[Dataset]) -> int:
    """Returns the number of records of the smallest dataset; raises UsageError where one has none."""
    for dataset in datasets:
        if not dataset.record_rows:
            raise UsageError(f"--equal-size: {dataset.path} has no records.", repair="Leave it out.")
    return min(len(dataset.record_rows) for dataset in datasets)


def _draw_samples(dataset: Dataset, plan: Plan, seed: int) -> Samples:
    """Draws the rows for each metric that measures only a sample and has its tools."""
    sizes = [
        metric.sample if isinstance(metric, Sampled) and not plan.toolbox.lacks(metric.card.tools) else 0
        for metric in plan.metrics
    ]
    if not any(sizes):
        return ()
    rows = dataset.record_rows[: plan.limit] if plan.rows is None else sorted(plan.rows)
    return tuple(draw_rows(rows, size, seed) if 0 < size < len(rows) else None for size in sizes)
