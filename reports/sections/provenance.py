"""The versions, parameters and tools of a run, and the rows that are no records."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from reports.blocks import Block, Cell, Code, Fold, Grid
from vlitqa.algorithms.counted import counted
from vlitqa.runs.finished import FinishedRun

title = "Provenance"
_REJECTS = 50
_REJECT_COLUMNS = ("line", "row", "field", "code", "reason")


def build(run: FinishedRun) -> Sequence[Block]:
    """The versions, parameters and tools of the run."""
    card, info = run.card, run.info
    facts: dict[str, Cell] = {
        "dataset": card.dataset,
        "SHA-256": Code(card.sha256),
        "format": f"{card.format}, {card.container}",
        **({"frames of each video among the images": str(card.frames)} if card.frames else {}),
        **({"fields that are not read": ", ".join(card.unread_fields)} if card.unread_fields else {}),
        "sample": card.sample,
        "seed": str(card.seed),
        "command": Code(shlex.join(info.command)),
        "vlitqa": info.version,
        "packages": ", ".join(f"{name} {version}" for name, version in sorted(info.packages.items())),
        "engine": f"{info.engine.removesuffix('Engine').lower()}, {counted(info.workers, 'worker')}",
        "started": info.started,
        "seconds": info.seconds,
        "measurements from the cache": info.from_cache,
    }
    provenance = tuple((scored.metric, *_provenance_cells(scored.provenance)) for scored in card.scored)
    blocks: list[Block] = [
        Grid("the run", ("", ""), tuple(facts.items())),
        Fold(
            "version, parameters and tools of each metric",
            (Grid("", ("metric", "version", "parameters", "tools"), provenance),),
        ),
    ]
    if card.rejects:
        rows = tuple(tuple(reject[column] for column in _REJECT_COLUMNS) for reject in run.rejects(_REJECTS))
        shown = (
            f"the first {_REJECTS} of {card.rejects:,} rejected rows" if card.rejects > _REJECTS else "rejected rows"
        )
        blocks.append(Fold(shown, (Grid("", _REJECT_COLUMNS, rows),)))
    return blocks


def _provenance_cells(provenance: Mapping[str, Any]) -> tuple[Cell, Cell, Cell]:
    parameters = ", ".join(f"{name}={value}" for name, value in provenance.get("parameters", {}).items())
    tools = ", ".join(f"{kind}: {name}" for kind, name in provenance.get("tools", {}).items())
    return provenance.get("version"), parameters, tools
