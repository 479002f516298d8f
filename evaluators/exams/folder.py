"""The files that exams leave in a folder: every answer with its mark, every result, and the agreement of raters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from evaluators.exams.grading import GradedExam
from vlitqa.errors import RunError
from vlitqa.results import to_json
from vlitqa.results.agreement import AgreementResult
from vlitqa.results.exams import ExamResult, exam_results_from_json
from vlitqa.runs.folder import AGREEMENT, EXAM_RESULTS, EXAMS
from vlitqa.storage.atomic import disk_errors, replacing

_IDENTITY = ("model", "benchmark", "rules")
"""The fields that make an exam another one: a new result takes the place of an earlier one of the same."""
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


def add_exams(folder: Path, exams: Sequence[GradedExam]) -> int:
    """Adds exams to those of a folder, which may be a run's; returns how many took the place of earlier ones."""
    replaced = {_identity(exam.result) for exam in exams}
    new_marks = pa.Table.from_pylist([row for exam in exams for row in _rows(exam)], schema=_SCHEMA)
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        marks, earlier = _read_marks(folder / EXAMS), _read_results(folder / EXAM_RESULTS)
        identities = zip(*(marks[name].to_pylist() for name in _IDENTITY), strict=True)
        other_marks = marks.filter(pa.array([identity not in replaced for identity in identities], pa.bool_()))
        other_results = [result for result in earlier if _identity(result) not in replaced]
        with replacing(folder / EXAMS) as file:
            pq.write_table(pa.concat_tables([other_marks, new_marks]), file, compression="zstd")
        _write_json(folder / EXAM_RESULTS, [*other_results, *(exam.result for exam in exams)])
    return len(earlier) - len(other_results)


def write_agreement(folder: Path, result: AgreementResult) -> None:
    """Writes the agreement of raters, or the correlations of quality with exams."""
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _write_json(folder / AGREEMENT, result)


def _identity(result: ExamResult) -> tuple[str, str, str]:
    return result.model, result.benchmark, result.rules


def _read_marks(path: Path) -> pa.Table:
    try:
        return pq.read_table(path, schema=_SCHEMA) if path.exists() else _SCHEMA.empty_table()
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from None


def _read_results(path: Path) -> tuple[ExamResult, ...]:
    try:
        return exam_results_from_json(path.read_bytes()) if path.exists() else ()
    except (ValueError, OSError) as error:
        raise _damaged(path, error) from None


def _damaged(path: Path, error: Exception) -> RunError:
    reason = str(error).partition("\n")[0]
    return RunError(f"{path} holds no exams ({reason}).", repair="Move it away, or name another --output.")


def _write_json(path: Path, content: object) -> None:
    with replacing(path) as file:
        file.write(to_json(content, indent=True) + b"\n")


def _rows(exam: GradedExam) -> Iterator[dict[str, Any]]:
    for mark in exam.marks:
        yield {
            "model": exam.result.model,
            "benchmark": exam.result.benchmark,
            "rules": exam.result.rules,
            "question": mark.question.key or mark.question.text,
            "group": mark.question.group,
            "image": mark.question.image,
            "said": mark.answer_text,
            "value": mark.value,
            "quirks": list(mark.quirks),
        }
