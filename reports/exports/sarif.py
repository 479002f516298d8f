"""SARIF 2.1.0, which code hosts read: a rule for each kind of fault, a result for each of its first places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from reports.exports.places import file_place
from reports.visible import visible
from vlitqa import __version__
from vlitqa.algorithms.counted import counted
from vlitqa.results import Finding, to_json
from vlitqa.results.judged import JudgedDataset

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_BROKEN_RULE = "fail-on"
"""The rule of results that stand for broken rules of `--fail-on`."""


def as_sarif(datasets: Sequence[JudgedDataset]) -> str:
    """The document, with one run."""
    by_code = {finding.code: finding for dataset in datasets for finding in dataset.card.findings()}
    rules = [_rule(finding) for finding in by_code.values()]
    rules.append({"id": _BROKEN_RULE, "shortDescription": {"text": "a rule of --fail-on is broken"}})
    results = [result for dataset in datasets for result in (*_breaches(dataset), *_results(dataset))]
    driver = {"name": "vlitqa", "version": __version__, "rules": rules}
    run = {"tool": {"driver": driver}, "results": results, "columnKind": "unicodeCodePoints"}
    return to_json({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=True).decode()


def _rule(finding: Finding) -> Mapping[str, Any]:
    return {
        "id": finding.code,
        "shortDescription": {"text": visible(finding.meaning)},
        "help": {"text": visible(finding.repair) or visible(finding.meaning)},
        "defaultConfiguration": {"level": finding.severity},
    }


def _results(dataset: JudgedDataset) -> Iterator[Mapping[str, Any]]:
    """A result for each place that a finding names; it says how many rows there are in all."""
    for finding in dataset.card.findings():
        message = visible(f"{finding.meaning} ({counted(finding.rows, 'row')} in all)")
        for name in finding.examples or ("row 1",):
            yield {
                "ruleId": finding.code,
                "level": finding.severity,
                "message": {"text": f"{visible(name)}: {message}"},
                "locations": [_location(dataset.path, name)],
            }


def _breaches(dataset: JudgedDataset) -> Iterator[Mapping[str, Any]]:
    for outcome in dataset.outcomes:
        if outcome.breach:
            yield {
                "ruleId": _BROKEN_RULE,
                "level": "error",
                "message": {"text": visible(f"--fail-on {outcome.rule}: {outcome.breach}")},
                "locations": [_location(dataset.path, "row 1")],
            }


def _location(dataset: str, name: str) -> Mapping[str, Any]:
    place = file_place(dataset, name)
    artifact = {"artifactLocation": {"uri": ("file://" if place.file.startswith("/") else "") + quote(place.file)}}
    region = {} if place.line is None else {"region": {"startLine": place.line}}
    return {"physicalLocation": {**artifact, **region}}
