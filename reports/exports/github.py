"""Workflow commands of GitHub: an annotation at the first places of each finding, and for each broken rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reports.exports.places import file_place
from reports.visible import visible
from vlitqa.results import Finding
from vlitqa.results.findings import worst_first
from vlitqa.results.judged import JudgedDataset

_MOST_PLACES = 3
"""Annotations of one finding: GitHub shows ten of each level for a step."""
_LEVELS = {"error": "error", "warning": "warning", "note": "notice"}


def as_github(datasets: Sequence[JudgedDataset]) -> str:
    """The commands, a line each: broken rules first."""
    return "\n".join(line for dataset in datasets for line in (*_rules(dataset), *_findings(dataset)))


def _rules(dataset: JudgedDataset) -> Iterator[str]:
    broken = (outcome for outcome in dataset.outcomes if outcome.breach)
    return (
        _command("error", f"{dataset.path}: {outcome.breach}.", title=f"vlitqa: --fail-on {outcome.rule} is broken")
        for outcome in broken
    )


def _findings(dataset: JudgedDataset) -> Iterator[str]:
    for finding in worst_first(dataset.card.findings()):
        level = "warning" if finding.severity == "error" and dataset.outcomes else _LEVELS[finding.severity]
        for name in finding.examples[:_MOST_PLACES] or ("",):
            place = file_place(dataset.path, name or "row 1")
            line = {} if place.line is None else {"line": str(place.line)}
            message = _message(finding, name)
            yield _command(level, message, file=place.file, title=f"vlitqa: {finding.code}", **line)


def _message(finding: Finding, name: str) -> str:
    count = f" ({finding.rows:,} rows)" if finding.rows > 1 else ""
    return f"{name}: {finding.meaning}{count}. {finding.repair}".removeprefix(": ").strip()


def _command(level: str, message: str, **properties: str) -> str:
    written = ",".join(f"{name}={_escape(value, of_property=True)}" for name, value in properties.items())
    return f"::{level} {written}::{_escape(message)}"


def _escape(text: str, *, of_property: bool = False) -> str:
    """A text as a workflow command takes it: one line, without what would end it."""
    escaped = visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return escaped.replace(":", "%3A").replace(",", "%2C") if of_property else escaped
