"""Figures of published datasets, measured by us, to compare a figure with.

`python -m reports.references NAME=RUN … > reports/references.json` writes them from finished runs.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import orjson

from reports.comparability import why_unlike_published
from reports.units import value_of
from vlitqa.catalogue import card_of
from vlitqa.contracts import FigureName
from vlitqa.results import Figure, Scorecard, Scored
from vlitqa.runs.stored import read_scorecard

_DIGITS = 5


def reference(card: Scorecard, scored: Scored, figure: Figure) -> str:
    """The same figure of published datasets in words; empty where none compares."""
    return "; ".join(
        f"{name} {value_of(scored.metric, replace(figure, value=value))}"
        for name, value in published(card, scored, figure).items()
    )


def published(card: Scorecard, scored: Scored, figure: Figure) -> Mapping[str, float]:
    """The same figure of other published datasets, where it compares, by the same metric version and tools."""
    entry = _references()["metrics"].get(scored.metric)
    if why_unlike_published(scored.metric, FigureName(figure.name, figure.variant)):
        return {}
    if not entry or entry["measured by"] != _measured_by(card, scored) or figure.value is None or figure.doubt:
        return {}
    values: Mapping[str, float] = entry["figures"].get(_name(figure), {})
    files: Mapping[str, str] = _references()["sha256"]
    return {name: value for name, value in values.items() if files[name] != card.sha256}


@cache
def _references() -> Mapping[str, Any]:
    """The digests of the files, and the figures by metric and dataset with the circumstances of their measurement."""
    references: Mapping[str, Any] = orjson.loads((resources.files("reports") / "references.json").read_bytes())
    return references


def _measured_by(card: Scorecard, scored: Scored) -> dict[str, Any]:
    """What a figure depends on: of a tool its name and weights, not its processor.

    A metric without tools depends on those of the metrics whose labels it reads.
    """
    provenance = scored.provenance
    tools = {kind: " ".join(name.split()[:2]) for kind, name in provenance.get("tools", {}).items()}
    by = {"version": provenance.get("version"), "parameters": dict(provenance.get("parameters", {})), "tools": tools}
    metric_card = card_of(scored.metric)
    names = metric_card.reads if metric_card and not metric_card.tools else ()
    read = {other.metric: _measured_by(card, other) for other in card.scored if other.metric in names}
    return {**by, "reads": read} if read else by


def _name(figure: Figure) -> str:
    return f"{figure.name}, {figure.variant}"


def collect_references(runs: Mapping[str, Path]) -> dict[str, Any]:
    """The digests of the files and the figures of runs, by the names of their datasets."""
    files: dict[str, str] = {}
    metrics: dict[str, Any] = {}
    for dataset, run in runs.items():
        card = read_scorecard(run)
        files[dataset] = card.sha256
        for scored in card.scored:
            entry = metrics.setdefault(scored.metric, {"measured by": _measured_by(card, scored), "figures": {}})
            for figure in scored.summary.figures:
                unlike = why_unlike_published(scored.metric, FigureName(figure.name, figure.variant))
                if figure.value is not None and not figure.doubt and not unlike:
                    value_of_dataset = entry["figures"].setdefault(_name(figure), {})
                    value_of_dataset[dataset] = float(f"{figure.value:.{_DIGITS}g}")
    return {"sha256": files, "metrics": metrics}


def main(arguments: Sequence[str]) -> None:
    """Prints the references as JSON, from `NAME=RUN` for each run."""
    pairs = (argument.partition("=") for argument in arguments)
    references = collect_references({name: Path(run) for name, _, run in pairs})
    sys.stdout.write(orjson.dumps(references, option=orjson.OPT_INDENT_2).decode() + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
