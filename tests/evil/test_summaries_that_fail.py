"""A metric that fails to sum a dataset up loses its own figure, and nothing else."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from tests.given.run_cli import LIGHT, vlitqa
from vlitqa.cli.gate import Gate
from vlitqa.contracts import ALONE, Card, Context, FigureName
from vlitqa.contracts.tools import Tools
from vlitqa.engines.serial import SerialEngine
from vlitqa.metrics.integrity import Integrity
from vlitqa.reader import open_dataset
from vlitqa.records import Record
from vlitqa.results import Figure, Measurement, Scorecard, Summary
from vlitqa.results.evidence import NoEvidence, TypedEvidence
from vlitqa.scoring.job import ScoreRequest
from vlitqa.scoring.score import check_dataset

ROW = {"id": "a", "conversations": [{"from": "human", "value": "Hello?"}, {"from": "gpt", "value": "Good day."}]}


@dataclass(frozen=True)
class Unsummable:
    """Measures every record and cannot sum up."""

    card: ClassVar[Card] = Card(name="unsummable", version=1, headline=FigureName("share", "sound"))
    evidence: ClassVar[type[TypedEvidence]] = NoEvidence
    value: float | None = None

    def measure(self, records: Sequence[Record], _tools: Tools) -> Sequence[Measurement]:
        """1 for every record."""
        return [Measurement(1.0, place=record.place, record_id=record.id) for record in records]

    def combine(self, _measurements: Iterable[Measurement], _context: Context = ALONE) -> Summary:
        """A summary with a value that none may have, or an error."""
        if self.value is None:
            raise ZeroDivisionError("no turn position")
        return Summary((Figure("share", "sound", self.value),))


def check(tmp_path: Path, metric: Unsummable) -> Scorecard:
    """The scorecard of one sound row."""
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(ROW) + "\n", encoding="utf-8")
    request = ScoreRequest(metrics=(Integrity(), metric))
    return check_dataset(open_dataset(path), request, lambda **_: SerialEngine(), lambda *_: None)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "the metric failed: ZeroDivisionError: no turn position"),
        (math.nan, "the metric failed: ValueError: share is nan"),
        (math.inf, "the metric failed: ValueError: share is inf"),
    ],
)
def test_a_failed_summary_is_a_figure_without_value_and_counts_as_failed(
    value: float | None, reason: str, tmp_path: Path
) -> None:
    card = check(tmp_path, Unsummable(value))
    integrity, broken = card.scored
    assert integrity.summary.figures[0].value == 1.0
    assert [(figure.value, figure.reason, figure.failed) for figure in broken.summary.figures] == [(None, reason, True)]
    assert card.failed == 1
    assert Gate().conclude({"data": card}) == 3


@pytest.mark.slow
def test_a_dataset_whose_name_is_not_utf8_is_scored(tmp_path: Path) -> None:
    odd = os.fsdecode(bytes(tmp_path) + b"/rows\xff.jsonl")
    Path(odd).write_text(json.dumps(ROW) + "\n{broken\n", encoding="utf-8")
    for command in (("check",), ("score", *LIGHT)):
        done = vlitqa(*command, odd, "--json", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "rows\ufffd.jsonl" in done.stdout
