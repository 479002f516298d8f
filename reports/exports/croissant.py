"""Fields of Croissant's vocabulary of responsible AI, which say in a dataset's metadata what was found in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from reports.visible import visible
from vlitqa.algorithms.counted import counted
from vlitqa.errors import UsageError
from vlitqa.results import Finding
from vlitqa.results.findings import worst_first
from vlitqa.runs.finished import FinishedRun

_RAI = "http://mlcommons.org/croissant/RAI/"
_LIMITATIONS, _MISSING = "rai:dataLimitations", "rai:dataCollectionMissingData"
_OURS = "vlitqa: "
"""How the sentences begin that we put in, so that they can be put in anew."""
_MISSING_PARTS = frozenset(("image_missing", "no_instruction", "no_response", "empty_instruction", "empty_response"))
"""Findings of metrics that say of a record what it lacks; what the reader finds says that a row is lost."""


def croissant_fields(run: FinishedRun) -> Mapping[str, list[str]]:
    """By field: a sentence for each kind of fault; the one about what is missing has those of its own."""
    sentences: dict[str, list[str]] = {_LIMITATIONS: [], _MISSING: []}
    for finding in worst_first(run.card.findings()):
        is_missing = finding.code in _MISSING_PARTS or finding in run.card.rejected
        sentences[_MISSING if is_missing else _LIMITATIONS].append(_sentence(finding, run))
    return {name: texts for name, texts in sentences.items() if texts}


def put_into_croissant(content: bytes, run: FinishedRun) -> bytes:
    """A Croissant file with these fields; other sentences in them stay. Raises UsageError for a file that is none."""
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise UsageError(f"The file is no JSON ({error}).", repair="Name a Croissant file.") from None
    if not isinstance(document, dict) or not isinstance(document.get("@context"), dict):
        raise UsageError("The file has no @context: it is no Croissant.", repair="Name a Croissant file.")
    document["@context"].setdefault("rai", _RAI)
    fields = croissant_fields(run)
    for name in (_LIMITATIONS, _MISSING):
        sentences = [text for text in _as_list(document.get(name)) if not str(text).startswith(_OURS)]
        sentences += fields.get(name, [])
        document.pop(name, None)
        if sentences:
            document[name] = sentences if len(sentences) > 1 else sentences[0]
    return orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"


def _sentence(finding: Finding, run: FinishedRun) -> str:
    rows = f"{finding.rows:,} of {counted(run.card.rows_searched(finding), 'row')}"
    return visible(f"{_OURS}{finding.code} in {rows}: {finding.meaning}.")


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
