"""What exams leave in a folder: every answer with its mark, every result, and how raters agree."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from evaluators.exams.grading import Graded
from vlitqa.errors import RunError
from vlitqa.results import to_json
from vlitqa.results.agreement import AgreementResult
from vlitqa.results.exams import ExamResult, exam_results_from_json
from vlitqa.runs.folder import AGREEMENT, EXAM_RESULTS, EXAMS
from vlitqa.storage.atomic import disk_errors, replacing

_ONE = ("model", "benchmark", "rules")
"""What makes an exam another one: a new result takes the place of an earlier one of the same."""
_SCHEMA = pa.schema(
    [
        ("model", pa.string()),
        ("benchmark", pa.string()),
        ("rules", pa.string()),
        ("question", pa.string()),
        ("group", pa.string()),
        ("image", pa.string()),
        ("said", pa.string()),
        ("value", pa.float64()),
        ("quirks", pa.list_(pa.string())),
    ]
)


def keep(folder: Path, graded: Sequence[Graded]) -> int:
    """Adds exams to those of a folder, which may be a run's; how many took the place of earlier ones."""
    replaced = {(each.result.model, each.result.benchmark, each.result.rules) for each in graded}
    new = pa.Table.from_pylist([row for each in graded for row in _rows(each)], schema=_SCHEMA)
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        marks, earlier = _marks(folder / EXAMS), _results(folder / EXAM_RESULTS)
        names = zip(*(marks[name].to_pylist() for name in _ONE), strict=True)
        kept = marks.filter(pa.array([each not in replaced for each in names], pa.bool_()))
        results = [result for result in earlier if (result.model, result.benchmark, result.rules) not in replaced]
        with replacing(folder / EXAMS) as file:
            pq.write_table(pa.concat_tables([kept, new]), file, compression="zstd")
        _write(folder / EXAM_RESULTS, [*results, *(each.result for each in graded)])
    return len(earlier) - len(results)


def write_agreement(folder: Path, result: AgreementResult) -> None:
    """The agreement of raters, or the correlations of quality with exams."""
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / AGREEMENT, result)


def _marks(path: Path) -> pa.Table:
    try:
        return pq.read_table(path, schema=_SCHEMA) if path.exists() else _SCHEMA.empty_table()
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from None


def _results(path: Path) -> tuple[ExamResult, ...]:
    try:
        return exam_results_from_json(path.read_bytes() if path.exists() else b"[]")
    except (ValueError, OSError) as error:
        raise _damaged(path, error) from None


def _damaged(path: Path, error: Exception) -> RunError:
    told = str(error).partition("\n")[0]
    return RunError(f"{path} holds no exams ({told}).", repair="Move it away, or name another --output.")


def _write(path: Path, content: object) -> None:
    with replacing(path) as file:
        file.write(to_json(content, indent=True) + b"\n")


def _rows(graded: Graded) -> list[dict[str, Any]]:
    result = graded.result
    return [
        {
            "model": result.model,
            "benchmark": result.benchmark,
            "rules": result.rules,
            "question": mark.question.key or mark.question.text,
            "group": mark.question.group,
            "image": mark.question.image,
            "said": mark.answer_text,
            "value": mark.value,
            "quirks": list(mark.quirks),
        }
        for mark in graded.marks
    ]
