"""Figures of published datasets, measured by us: what a number of one's own can be held against.

`python -m reports.references NAME=RUN … > reports/references.json` writes them from finished runs.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import orjson

from reports.numbers import number
from vlitqa.results import Figure, Scored
from vlitqa.runs.stored import read_scorecard

_DIGITS = 5


def reference(scored: Scored, figure: Figure) -> str:
    """What published datasets have, where the same version of the metric and the same tools measured them."""
    entry = _known().get(scored.metric)
    if not entry or entry["measured by"] != _measured_by(scored) or figure.value is None:
        return ""
    values = entry["figures"].get(_name(figure), {})
    return "; ".join(f"{name} {number(value)}" for name, value in values.items())


@cache
def _known() -> Mapping[str, Any]:
    """By metric, figure and dataset; and by what it was measured."""
    found: Mapping[str, Any] = orjson.loads((resources.files("reports") / "references.json").read_bytes())
    return found


def _measured_by(scored: Scored) -> dict[str, Any]:
    """What a figure hangs on; of tools their names and weights, not the processor they ran on."""
    made = scored.provenance
    tools = {kind: " ".join(name.split()[:2]) for kind, name in made.get("tools", {}).items()}
    return {"version": made.get("version"), "parameters": dict(made.get("parameters", {})), "tools": tools}


def _name(figure: Figure) -> str:
    return f"{figure.name}, {figure.variant}"


def measured(runs: Mapping[str, Path]) -> dict[str, Any]:
    """The figures of runs by the names of their datasets."""
    found: dict[str, Any] = {}
    for dataset, run in runs.items():
        for scored in read_scorecard(run).scored:
            entry = found.setdefault(scored.metric, {"measured by": _measured_by(scored), "figures": {}})
            for figure in scored.summary.figures:
                if figure.value is not None:
                    own = entry["figures"].setdefault(_name(figure), {})
                    own[dataset] = float(f"{figure.value:.{_DIGITS}g}")
    return found


def main(arguments: Sequence[str]) -> None:
    """Prints the references as JSON, from `NAME=RUN` for each run."""
    pairs = (argument.partition("=") for argument in arguments)
    found = measured({name: Path(run) for name, _, run in pairs})
    sys.stdout.write(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
