"""Typed values that a run finds out, and their JSON."""

from vlitqa.results.as_json import fields_of, scorecard_from_json, to_json
from vlitqa.results.figures import FaultyRow, Figure, Finding, Labels, Scored, Summary, Table
from vlitqa.results.scorecard import (
    WENT_WRONG,
    Evidence,
    Measurement,
    RunInfo,
    Scorecard,
    Status,
    StoredReading,
    align_figures,
    unmeasured,
)

__all__ = [
    "WENT_WRONG",
    "Evidence",
    "FaultyRow",
    "Figure",
    "Finding",
    "Labels",
    "Measurement",
    "RunInfo",
    "Scorecard",
    "Scored",
    "Status",
    "StoredReading",
    "Summary",
    "Table",
    "align_figures",
    "fields_of",
    "scorecard_from_json",
    "to_json",
    "unmeasured",
]
