"""The objects that commands print with `--json`, where they say more than one result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from vlitqa.errors import DatasetError
from vlitqa.results.comparison import Comparison, ComparisonStatistics
from vlitqa.results.figures import Finding
from vlitqa.results.scorecard import Scorecard


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """The findings of a check of one dataset."""

    path: str
    """The dataset as a user named it."""
    format: str
    container: str
    rows: int
    records: int
    rejects: int
    images: int
    missing_images: int
    bad_images: int
    videos: int
    bad_videos: int
    sounds: int
    bad_sounds: int
    findings: Sequence[Finding]
    cut_off: bool
    failed: int
    unread_fields: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreReport(Scorecard):
    """The scorecard of one dataset, its path and its run folder."""

    path: str = field()
    run: str = field()


@dataclass(frozen=True, slots=True)
class ComparisonReport:
    """A comparison, and the statistics that are computed of it."""

    folder: str
    comparison: Comparison
    computed: ComparisonStatistics


@dataclass(frozen=True, slots=True)
class RefusedDataset:
    """A dataset that cannot be read at all."""

    path: str
    error: str
    """The code of the error."""
    message: str
    repair: str


def check_report(path: str, card: Scorecard) -> CheckReport:
    """What a check prints of a scorecard."""
    sums = {name: count for scored in card.scored for name, count in scored.summary.counts.items()}
    return CheckReport(
        path=path,
        format=card.format,
        container=card.container,
        rows=card.rows,
        records=card.records,
        rejects=card.rejects,
        images=sums.get("images", 0),
        missing_images=sums.get("missing_images", 0),
        bad_images=sums.get("bad_images", 0),
        videos=sums.get("videos", 0),
        bad_videos=sums.get("bad_videos", 0),
        sounds=sums.get("sounds", 0),
        bad_sounds=sums.get("bad_sounds", 0),
        findings=card.findings(),
        cut_off=card.cut_off,
        failed=card.failed,
        unread_fields=card.unread_fields,
    )


def refused_dataset(path: str, error: DatasetError) -> RefusedDataset:
    """What a command prints of a dataset that cannot be read."""
    return RefusedDataset(path, error.code, error.message, error.repair)
