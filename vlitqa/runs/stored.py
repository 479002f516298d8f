"""Reads the files of a run folder, one file or one column at a time, for `FinishedRun`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pyarrow.parquet as pq

from vlitqa.algorithms.counted import counted
from vlitqa.errors import FolderIncomplete, RunError
from vlitqa.records import Place
from vlitqa.results import FaultyRow, Finding, Labels, Measurement, RunInfo, Scorecard, Status, scorecard_from_json
from vlitqa.results.faults import ERROR, NOTE, WARNING
from vlitqa.runs.damage import damage_errors
from vlitqa.runs.folder import FINDINGS, INFO, LABELS, MEASUREMENTS, SCORECARD

_MOST_RUNS = 3
"""Runs that are named of a folder that holds many."""
_PLACE = re.compile(r"(?:[^/\0]{1,255} )?(?:line|row) \d+")
"""Behind the name of its file, where a dataset has several."""


def read_scorecard(folder: Path) -> Scorecard:
    """Reads the scorecard of a finished run; raises FolderIncomplete where there is none."""
    if not folder.is_dir():
        raise FolderIncomplete(
            f"There is no folder {folder}.", repair="Run folders lie in runs/, or where --output said."
        )
    if not (folder / INFO).exists():
        _refuse_folder_of_runs(folder)
        raise FolderIncomplete(
            f"{folder} holds no finished run.", repair="Run the `vlitqa score` that began it again: it goes on."
        )
    with damage_errors(folder / SCORECARD):
        card = scorecard_from_json((folder / SCORECARD).read_bytes())
        for finding in card.findings():
            _refuse_strange(finding)
        return card


def _refuse_folder_of_runs(folder: Path) -> None:
    """Raises FolderIncomplete for a folder that is no run, but holds finished ones, with the first of them."""
    inside = sorted(info.parent for info in folder.glob(f"*/{INFO}"))
    if not inside:
        return
    others = f" and {len(inside) - _MOST_RUNS:,} more" if len(inside) > _MOST_RUNS else ""
    raise FolderIncomplete(
        f"{folder} is a folder of {counted(len(inside), 'finished run')}, and no run itself.",
        repair=f"Name one of them: {', '.join(map(str, inside[:_MOST_RUNS]))}{others}.",
    )


def read_run_info(folder: Path) -> RunInfo:
    """Reads the options, versions and times of a run."""
    with damage_errors(folder / INFO):
        return msgspec.json.decode((folder / INFO).read_bytes(), type=RunInfo)


def read_measurements(folder: Path, metric: str) -> Iterator[Measurement]:
    """Yields the measurements of one metric, in the order of the rows."""
    with damage_errors(folder / MEASUREMENTS), pq.ParquetFile(folder / MEASUREMENTS) as file:
        for group in range(file.num_row_groups):
            if file.read_row_group(group, columns=["metric"]).column(0)[0].as_py() != metric:
                continue
            columns = [column.to_pylist() for column in file.read_row_group(group).columns]
            for row, line, record, _, value, status, reason, evidence in zip(*columns, strict=True):
                place = Place(row - 1, line)
                yield Measurement(value, Status(status), reason, orjson.loads(evidence), place, record)


def read_column(folder: Path, metric: str, name: str) -> list[Any]:
    """Reads one column of the measurements of a metric, in the order of the rows, without their evidence."""
    values: list[Any] = []
    with damage_errors(folder / MEASUREMENTS), pq.ParquetFile(folder / MEASUREMENTS) as file:
        position = file.schema_arrow.names.index("metric")
        for group in range(file.num_row_groups):
            if file.metadata.row_group(group).column(position).statistics.min == metric:  # a group is of one metric
                values += file.read_row_group(group, columns=[name]).column(0).to_pylist()
    return values


def read_labels(folder: Path) -> Mapping[str, Labels]:
    """Reads the labels of each turn, by metric and row."""
    labels: defaultdict[str, defaultdict[int, list[tuple[str, ...]]]] = defaultdict(lambda: defaultdict(list))
    with damage_errors(folder / LABELS):
        columns = pq.read_table(folder / LABELS).columns
        for row, turn, metric, label in zip(*(column.to_pylist() for column in columns), strict=True):
            turns = labels[metric][row - 1]
            turns.extend([()] * (turn - len(turns)))
            turns[turn - 1] += (label,)
    return labels


def read_findings(folder: Path) -> Mapping[str, Sequence[FaultyRow]]:
    """Reads the rows that have a fault, in their order, by metric."""
    if not (folder / FINDINGS).exists():
        raise RunError(f"{folder} is of an older vlitqa: it has no {FINDINGS}.", repair="Score the dataset again.")
    faulty: defaultdict[str, list[FaultyRow]] = defaultdict(list)
    with damage_errors(folder / FINDINGS):
        columns = pq.read_table(folder / FINDINGS).columns
        for row, metric, code, of_row in zip(*(column.to_pylist() for column in columns), strict=True):
            faulty[metric].append(FaultyRow(row - 1, code, None if of_row is None else of_row - 1))
    return faulty


def _refuse_strange(finding: Finding) -> None:
    """Raises ValueError for a finding that no vlitqa wrote."""
    if finding.severity not in (ERROR, WARNING, NOTE):
        raise ValueError(f"the finding {finding.code} has the severity {finding.severity!r}")
    for example in finding.examples:
        if not _PLACE.fullmatch(example):
            raise ValueError(f"the finding {finding.code} has the place {example!r}")
