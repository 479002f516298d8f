"""The folder of one run: locked while it is written, whole or marked unfinished, the same bytes for the same input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from vlitqa.contracts import Measured, Outcome
from vlitqa.records import Place, Reject
from vlitqa.results import FaultyRow, Labels, to_json
from vlitqa.storage.atomic import disk_errors, replacing
from vlitqa.storage.folder_lock import lock_folder, unlock_folder
from vlitqa.storage.temporary import sweep_temporaries

MEASUREMENTS, REJECTS = "measurements.parquet", "rejects.jsonl"
LABELS, FINDINGS = "labels.parquet", "findings.parquet"
SCORECARD, INFO = "scorecard.json", "run.json"
EXAMS, EXAM_RESULTS, AGREEMENT = "exams.parquet", "exams.json", "agreement.json"
"""Files that evaluators add to a run, or write into a folder of their own."""
LABEL_REPORT = "annotation.json"
"""What people's labels of a run come to, which `vlitqa annotate --report` adds to it."""
_GROUP_RECORDS = 4096
"""Records in one row group of each metric."""
_SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        ("line", pa.int64()),
        ("record", pa.string()),
        ("metric", pa.string()),
        ("value", pa.float64()),
        ("status", pa.string()),
        ("reason", pa.string()),
        ("evidence", pa.string()),
    ]
)
_LABEL_SCHEMA = pa.schema([("row", pa.int64()), ("turn", pa.int64()), ("metric", pa.string()), ("label", pa.string())])
_FINDING_SCHEMA = pa.schema(
    [("row", pa.int64()), ("metric", pa.string()), ("code", pa.string()), ("of_row", pa.int64())]
)


def folder_for(output: Path, dataset: str, digest: str, date: str) -> Path:
    """Returns the folder that an earlier run of the same digest began, or a new one."""
    with disk_errors(output):
        earlier = sorted(output.glob(f"{dataset}-????????-{digest}"))
    return earlier[0] if earlier else output / f"{dataset}-{date}-{digest}"


class RunFolder:
    """A run folder that this process alone writes to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with disk_errors(path):
            path.mkdir(parents=True, exist_ok=True)
            self._lock = lock_folder(path)
            sweep_temporaries(path)

    def write(self, name: str, content: bytes) -> None:
        """Puts a file in place whole or not at all."""
        with disk_errors(self.path), replacing(self.path / name) as file:
            file.write(content)

    @contextmanager
    def measurement_writer(self, metrics: Sequence[str]) -> Iterator[MeasurementWriter]:
        """Gives a writer of measurements and rejects; both files are put in place only if all goes well."""
        with disk_errors(self.path):
            with replacing(self.path / MEASUREMENTS) as table, replacing(self.path / REJECTS) as rejects:
                writer = MeasurementWriter(table, rejects, metrics)
                try:
                    yield writer
                    writer.finish()
                    (self.path / INFO).unlink(missing_ok=True)  # from here on the run is unfinished
                except BaseException:
                    writer.abandon()
                    raise

    def write_labels(self, labels: Mapping[str, Labels]) -> None:
        """Writes the labels that metrics gave to turns."""
        lines = [
            (row + 1, turn, metric, label)
            for metric, rows in labels.items()
            for row, turns in sorted(rows.items())
            for turn, turn_labels in enumerate(turns, 1)
            for label in turn_labels
        ]
        columns = [list(column) for column in zip(*lines, strict=True)] or [[] for _ in _LABEL_SCHEMA]
        with disk_errors(self.path), replacing(self.path / LABELS) as file:
            pq.write_table(pa.table(columns, schema=_LABEL_SCHEMA), file, compression="zstd")

    def write_findings(self, faulty: Mapping[str, Sequence[FaultyRow]]) -> None:
        """Writes the rows that have a fault, in their order, with the metric that found it."""
        faults = sorted(
            ((fault, metric) for metric, rows in faulty.items() for fault in rows), key=lambda pair: pair[0].row
        )
        columns = [
            [fault.row + 1 for fault, _ in faults],
            [metric for _, metric in faults],
            [fault.code for fault, _ in faults],
            [None if fault.of_row is None else fault.of_row + 1 for fault, _ in faults],
        ]
        with disk_errors(self.path), replacing(self.path / FINDINGS) as file:
            pq.write_table(pa.table(columns, schema=_FINDING_SCHEMA), file, compression="zstd")

    def close(self) -> None:
        """Releases the folder for other runs."""
        unlock_folder(self.path, self._lock)


class MeasurementWriter:
    """Writes measurements in row groups of one metric each, so that one metric can be read without the others."""

    def __init__(self, table: Any, rejects: Any, metrics: Sequence[str]) -> None:
        self._writer = pq.ParquetWriter(table, _SCHEMA, compression="zstd")
        self._rejects = rejects
        self._metrics = metrics
        self._waiting: list[tuple[Place, str, Outcome]] = []
        """The place and id of each record with its measurements; the record itself may hold photographs."""

    def add(self, measured: Sequence[Measured]) -> None:
        """Writes records with a measurement of every metric, as soon as they fill a row group."""
        self._waiting += [(record.place, record.id, outcome) for record, outcome in measured]
        while len(self._waiting) >= _GROUP_RECORDS:
            self._flush()

    def reject(self, reject: Reject, file: str) -> None:
        """Writes a row of a file that could not be read."""
        row = {
            "file": reject.place.file or file,
            "line": reject.place.line,
            "row": reject.place.row - reject.place.first + 1,
            "byte": reject.place.offset,
            "field": reject.field,
            "code": reject.code,
            "reason": reject.reason,
        }
        self._rejects.write(to_json(row) + b"\n")

    def finish(self) -> None:
        """Writes the last row group and the end of the table."""
        if self._waiting:
            self._flush()
        self._writer.close()

    def abandon(self) -> None:
        """Leaves the table as it is; its finalizer would complain that the file was closed before it."""
        self._writer.is_open = False

    def _flush(self) -> None:
        group, self._waiting = self._waiting[:_GROUP_RECORDS], self._waiting[_GROUP_RECORDS:]
        for position, metric in enumerate(self._metrics):
            measurements = [outcome[position] for _, _, outcome in group]
            columns = [
                [place.row + 1 for place, _, _ in group],
                [place.line for place, _, _ in group],
                [record_id for _, record_id, _ in group],
                [metric] * len(measurements),
                [measurement.value for measurement in measurements],
                [measurement.status.value for measurement in measurements],
                [measurement.reason for measurement in measurements],
                [orjson.dumps(measurement.evidence).decode() for measurement in measurements],
            ]
            self._writer.write_table(pa.table(columns, schema=_SCHEMA), row_group_size=_GROUP_RECORDS)
