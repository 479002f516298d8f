"""A run folder that something else than vlitqa has changed: the file is named, and no traceback says so."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reports.quality import write_report
from tests.given.rows import GOOD
from tests.given.runs import scored
from vlitqa.errors import RunError
from vlitqa.runs.finished import FinishedRun, open_run

Change = Callable[[list[dict[str, Any]]], object]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scored(tmp_path_factory.mktemp("scored"), [GOOD, GOOD, {**GOOD, "image": "absent.jpg"}])


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "run"))


def change_table(path: Path, change: Change) -> None:
    table = pq.read_table(path)
    rows = table.to_pylist()
    change(rows)
    groups = pq.read_metadata(path)
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=groups.row_group(0).num_rows)


def change_finding(run: Path, changes: Mapping[str, object]) -> None:
    path = run / "scorecard.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    finding = next(finding for scored in card["scored"] for finding in scored["summary"]["findings"])
    finding.update(changes)
    path.write_text(json.dumps(card), encoding="utf-8")


@pytest.mark.parametrize(
    "changes",
    [{"severity": "terrible"}, {"examples": ["line"]}, {"examples": [""]}, {"examples": ["line \u202e12"]}],
    ids=["severity", "word", "empty", "direction"],
)
def test_a_finding_that_no_vlitqa_wrote_is_refused(changes: Mapping[str, object], run: Path) -> None:
    change_finding(run, changes)
    with pytest.raises(RunError, match=r"scorecard\.json cannot be read \(the finding"):
        open_run(run)


def test_a_code_that_nobody_knows_any_more_is_shown(run: Path) -> None:
    def rename(rows: list[dict[str, Any]]) -> None:
        for row in rows:
            row["code"] = "of_a_plug_in"

    change_table(run / "findings.parquet", rename)
    change_finding(run, {"code": "of_a_plug_in", "rows": 10**9})
    assert write_report(open_run(run)).is_file()


def read_all(run: FinishedRun) -> None:
    write_report(run)
    list(run.measurements("integrity"))


CHANGES: Mapping[str, tuple[str, Change]] = {
    "a row that is none": ("findings.parquet", lambda rows: rows[0].update(row=99)),
    "a row that is empty": ("findings.parquet", lambda rows: rows[0].update(row=None)),
    "a column too few": ("findings.parquet", lambda rows: [row.pop("code") for row in rows]),
    "a status that is none": ("measurements.parquet", lambda rows: rows[0].update(status="splendid")),
    "evidence that is no JSON": ("measurements.parquet", lambda rows: rows[0].update(evidence="{")),
    "turns that are numbers": ("gallery.parquet", lambda rows: rows[0].update(turns="[1, 2]")),
    "turns that are no pairs": ("gallery.parquet", lambda rows: rows[0].update(turns="[[1, 2, 3]]")),
    "turns that are no JSON": ("gallery.parquet", lambda rows: rows[0].update(turns="[")),
    "no reasons": ("gallery.parquet", lambda rows: rows[0].update(why=None)),
    "an empty reason": ("gallery.parquet", lambda rows: rows[0].update(why=[None])),
    "a row without a number": ("gallery.parquet", lambda rows: rows[0].update(row=None)),
    "a gallery without rows": ("gallery.parquet", lambda rows: [row.pop("row") for row in rows]),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_table_is_named(name: str, run: Path) -> None:
    file, change = CHANGES[name]
    change_table(run / file, change)
    with pytest.raises(RunError, match=rf"{file} cannot be read"):
        read_all(open_run(run))


@pytest.mark.parametrize("file", ["findings.parquet", "measurements.parquet", "gallery.parquet", "labels.parquet"])
@pytest.mark.parametrize("content", [b"", b"PAR1", b"words"])
def test_a_table_that_is_none_is_named(file: str, content: bytes, run: Path) -> None:
    (run / file).write_bytes(content)
    if file == "labels.parquet":
        with pytest.raises(RunError, match=file):
            _ = open_run(run).labels
    else:
        with pytest.raises(RunError, match=file):
            write_report(open_run(run))
