"""A metric that fails on a record fails on that record alone: no value, a reason, and a count; never a NaN."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.given.image_datasets import write_dataset
from tests.given.run_quietly import unwatched
from tests.given.troubled_metrics import NUMBERS, TROUBLES, Troubled, times_logged
from vlitqa.cli.gate import Gate
from vlitqa.contracts import Engine
from vlitqa.engines.processes import ProcessEngine
from vlitqa.engines.serial import SerialEngine
from vlitqa.gates.notation import parse_fail_rules
from vlitqa.reader import open_dataset
from vlitqa.results import Scorecard
from vlitqa.scoring.job import ScoreRequest
from vlitqa.scoring.score import RunPlace, check_dataset, score_datasets

ROWS, LINE = 130, 70
"""One row, the 51st, is no JSON: 129 records, in three batches."""
REASONS = {
    "nan": "it gave nan, which is outside -1 to 1e+06",
    "inf": "it gave inf, which is outside -1 to 1e+06",
    "minus inf": "it gave -inf, which is outside -1 to 1e+06",
    "below": "it gave -2.0, which is outside -1 to 1e+06",
    "above": "it gave 2000000.0, which is outside -1 to 1e+06",
    "raises": "ValueError: the metric has a bug",
    "raises without words": "KeyError: ",
    "too few": "ValueError: 0 measurements for 1 records",
    "silent": "it gave neither a value nor a status",
    "no measurement": "it gave NoneType instead of a measurement with a number",
}
ENGINES: list[Callable[[], Engine]] = [SerialEngine, lambda: ProcessEngine(2)]


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """One image and a row that is no JSON."""
    return write_dataset(tmp_path / "data", rows=ROWS, images=1)


def score(dataset: Path, metric: Troubled, engine: Engine, folder: Path) -> tuple[Path, Scorecard]:
    """Scores the dataset with one metric, and gives its run folder and scorecard."""
    place = RunPlace(folder, folder / "cache")
    request = ScoreRequest(metrics=(metric,))
    ((_, folder, card),) = score_datasets([open_dataset(dataset)], request, place, lambda **_: engine, unwatched)
    return folder, card


def test_every_trouble_that_ends_no_worker_has_its_reason() -> None:
    endless = {"killed", "stopped", "asleep"}
    assert {*REASONS, "minus zero"} == {*NUMBERS, *TROUBLES, "too few", "silent", "no measurement"} - endless


@pytest.mark.parametrize("trouble", REASONS)
def test_one_failure_is_one_row_without_value(dataset: Path, tmp_path: Path, trouble: str) -> None:
    folder, card = score(dataset, Troubled(trouble, line=LINE), SerialEngine(), tmp_path / "runs")
    rows = pq.read_table(folder / "measurements.parquet").to_pylist()
    (failed,) = (row for row in rows if row["value"] is None)
    assert (failed["line"], failed["status"], failed["record"]) == (LINE, "failed", f"row-{LINE - 1}")
    assert failed["reason"] == "the metric failed: " + REASONS[trouble]
    assert all(row["value"] == row["row"] - 1 for row in rows if row is not failed)
    (figure,) = card.scored[0].summary.figures
    assert (card.failed, figure.measured, figure.left_out) == (1, 128, {"not measured": 1})
    assert b"NaN" not in (folder / "scorecard.json").read_bytes()


@pytest.mark.parametrize("trouble", REASONS)
def test_a_check_in_memory_counts_the_same_failure(dataset: Path, trouble: str) -> None:
    request = ScoreRequest(metrics=(Troubled(trouble, line=LINE),))
    card = check_dataset(open_dataset(dataset), request, lambda **_: SerialEngine(), lambda *_: None)
    assert (card.failed, card.scored[0].summary.figures[0].measured) == (1, 128)


def test_a_failure_makes_the_run_partial_and_can_be_watched(dataset: Path, tmp_path: Path) -> None:
    _, broken = score(dataset, Troubled("nan", line=LINE), SerialEngine(), tmp_path / "broken")
    _, whole = score(dataset, Troubled(), SerialEngine(), tmp_path / "whole")
    assert (Gate().conclude({"data": broken}), Gate().conclude({"data": whole})) == (3, 0)
    (rule,) = parse_fail_rules(["failed"])
    assert rule.broken_by(broken) == "1 of 130 rows (0.8%)"
    assert rule.broken_by(whole) == ""


@pytest.mark.slow
def test_a_worker_that_dies_counts_as_failed(dataset: Path, tmp_path: Path) -> None:
    _, card = score(dataset, Troubled("killed", line=LINE), ProcessEngine(2), tmp_path / "runs")
    assert (card.failed, card.records) == (1, ROWS - 1)
    assert Gate().conclude({"data": card}) == 3


def test_a_failure_is_tried_again_in_the_next_run(dataset: Path, tmp_path: Path) -> None:
    metric = Troubled("nan", line=LINE, log=str(tmp_path / "log"), once=True)
    _, first = score(dataset, metric, SerialEngine(), tmp_path / "runs")
    folder, second = score(dataset, metric, SerialEngine(), tmp_path / "runs")
    assert (first.failed, second.failed) == (1, 0)
    assert json.loads((folder / "run.json").read_bytes())["from_cache"] == 128


def test_a_batch_that_fails_once_is_measured_again_record_by_record(dataset: Path, tmp_path: Path) -> None:
    metric = Troubled("raises", line=LINE, log=str(tmp_path / "log"), once=True)
    _, card = score(dataset, metric, SerialEngine(), tmp_path / "runs")
    assert times_logged(Path(metric.log)) == 1
    assert card.failed == 0


def test_minus_zero_is_zero(dataset: Path, tmp_path: Path) -> None:
    folder, card = score(dataset, Troubled("minus zero", line=LINE), SerialEngine(), tmp_path / "runs")
    rows = pq.read_table(folder / "measurements.parquet").to_pylist()
    (zero,) = (row["value"] for row in rows if row["line"] == LINE)
    assert (zero, math.copysign(1.0, zero), card.failed) == (0.0, 1.0, 0)
    assert b"-0.0" not in (folder / "scorecard.json").read_bytes()


@pytest.mark.parametrize("engine", ENGINES, ids=["serial", "processes"])
def test_a_metric_that_always_fails_leaves_a_figure_without_value(
    dataset: Path, tmp_path: Path, engine: Callable[[], Engine]
) -> None:
    _, card = score(dataset, Troubled("raises", always=True), engine(), tmp_path / "runs")
    (figure,) = card.scored[0].summary.figures
    assert (figure.value, figure.measured, card.failed) == (None, 0, ROWS - 1)
