"""JSON Schemas of what commands print with `--json`, made from the types of the results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import msgspec

from vlitqa.catalogue import suggestion
from vlitqa.errors import UsageError
from vlitqa.results import Scorecard
from vlitqa.results.agreement import QualityCorrelations, RaterAgreement
from vlitqa.results.annotation import AnnotationRounds
from vlitqa.results.building import BuildReport
from vlitqa.results.exams import ExamResult
from vlitqa.results.printed import CheckReport, ComparisonReport, RefusedDataset, ScoreReport
from vlitqa.results.tuning import TuningResult
from vlitqa.selection.subset import SelectionOutcome
from vlitqa.validation.validate import Validation

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """What a line may be that a command prints."""

    version: int
    """Raised whenever a line that was valid would be so no more, or a field says something else."""
    types: tuple[type, ...]
    """One of these."""


PRINTED: Mapping[str, PrintedLine] = {
    "check": PrintedLine(1, (CheckReport, RefusedDataset)),
    "score": PrintedLine(1, (ScoreReport, RefusedDataset)),
    "report": PrintedLine(1, (Scorecard,)),
    "select": PrintedLine(1, (SelectionOutcome,)),
    "validate": PrintedLine(1, (Validation,)),
    "build": PrintedLine(1, (BuildReport,)),
    "annotate": PrintedLine(1, (AnnotationRounds,)),
    "tune": PrintedLine(1, (TuningResult,)),
    "eval": PrintedLine(1, (ExamResult,)),
    "agreement": PrintedLine(1, (RaterAgreement, QualityCorrelations)),
    "compare": PrintedLine(1, (ComparisonReport,)),
}
"""By command: each line of its standard output under `--json`."""


def printed_schema(command: str) -> Mapping[str, Any]:
    """The JSON Schema of each line that a command prints; raises UsageError for a command that has none."""
    if command not in PRINTED:
        raise UsageError(f"{command!r} has no JSON Schema.", repair=suggestion(command, PRINTED))
    line = PRINTED[command]
    schemas, definitions = msgspec.json.schema_components(line.types, schema_hook=_schema_of_other)
    body = {**schemas[0]} if len(schemas) == 1 else {"anyOf": list(schemas)}
    return {"$schema": _DRAFT, "$id": f"urn:vlitqa:{command}:{line.version}", **body, "$defs": definitions}


def _schema_of_other(kind: type) -> dict[str, Any]:
    """The schema of a value whose type is not of JSON: of a path its text, and of an object anything."""
    return {"type": "string"} if issubclass(kind, PurePath) else {"description": "any JSON"}
