"""The folder of a comparison: figures as JSON and CSV, statistics, and the page; the same bytes for the same."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from evaluators.agreement.comparison_statistics import compute_statistics
from reports.comparison import write_comparison_page
from reports.quality import REPORT
from vlitqa.results import to_json
from vlitqa.results.comparison import Comparison, ComparisonStatistics
from vlitqa.scoring.provenance import digest_of
from vlitqa.storage.atomic import disk_errors, replacing
from vlitqa.storage.temporary import sweep_temporaries

COMPARISON, STATISTICS, EXAM_TABLE, QUALITY_TABLE = "comparison.json", "statistics.json", "exams.csv", "quality.csv"
_DIGEST_LETTERS = 10


def comparison_folder(output: Path, identity: object) -> Path:
    """The folder of a comparison of this identity, below that of all runs."""
    return output / f"compare-{digest_of(identity).hex()[:_DIGEST_LETTERS]}"


def write_comparison(folder: Path, comparison: Comparison, seed: int = 0) -> tuple[Path, ComparisonStatistics]:
    """Writes all files of a comparison; returns the path of its page, and what was computed."""
    statistics = compute_statistics(comparison, seed)
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        sweep_temporaries(folder)
        _write(folder / COMPARISON, to_json(comparison, indent=True) + b"\n")
        _write(folder / STATISTICS, to_json(statistics, indent=True) + b"\n")
        _write(folder / EXAM_TABLE, _exam_table(comparison))
        _write(folder / QUALITY_TABLE, _quality_table(comparison))
    return write_comparison_page(comparison, statistics, folder / REPORT), statistics


def _exam_table(comparison: Comparison) -> bytes:
    """A row for each dataset, model, seed and exam, as `vlitqa compare --exams` reads it."""
    columns = ("dataset", "model", "seed", "exam", "value", "low", "high", "reason")
    rows = (
        (figure.dataset, figure.model, figure.seed, figure.exam, figure.value, *_ends(figure.interval), figure.reason)
        for figure in comparison.figures
    )
    return _csv(columns, rows)


def _quality_table(comparison: Comparison) -> bytes:
    columns = ("dataset", "metric", "direction", "value", "low", "high", "reason")
    rows = (
        (figure.dataset, figure.metric, figure.direction, figure.value, *_ends(figure.interval), figure.reason)
        for figure in comparison.quality
    )
    return _csv(columns, rows)


def _ends(interval: tuple[float, float] | None) -> tuple[float | None, float | None]:
    return interval or (None, None)


def _csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def _write(path: Path, content: bytes) -> None:
    with replacing(path) as file:
        file.write(content)
