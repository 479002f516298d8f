"""Quality control of a build: drafted rows are scored, and the rules of `vlitqa select` choose among them."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from vlitqa.catalogue import load_metric, metrics_named
from vlitqa.construction.recipe import Recipe
from vlitqa.errors import UsageError
from vlitqa.reader import open_dataset
from vlitqa.runs.finished import open_run
from vlitqa.scoring.job import ScoreRequest
from vlitqa.scoring.score import ChooseEngine, RunPlace, Watch, score_datasets
from vlitqa.selection.ledger import DROPPED, LEDGER, LedgerMark, ledger_as_parquet
from vlitqa.selection.notation import parse_rule
from vlitqa.selection.selecting import select
from vlitqa.storage.atomic import replacing

CANDIDATES, CONTROL = "candidates.jsonl", "control"
"""The rows before quality control, and the folder of the run that measured them."""
QUALITY_CONTROL = "quality_control"
"""The code of a row that a rule of quality control dropped."""


@dataclass(frozen=True, slots=True)
class QualityControl:
    """The rows that quality control keeps, counted from 0."""

    kept: AbstractSet[int]
    reasons: Mapping[int, str]
    """By row that was dropped: the rule, the value and the threshold."""
    dropped_by: Mapping[str, int]
    """Rows by rule."""


def control_quality(
    candidates: Path, recipe: Recipe, place: RunPlace, choose: ChooseEngine, watch: Watch
) -> QualityControl:
    """Scores the candidates into a folder and applies the rules of the recipe; the ledger lies in the same folder."""
    rules = [parse_rule(text) for text in recipe.control.rules]
    metrics = tuple(load_metric(name) for name in metrics_named(recipe.control.metrics))
    request = ScoreRequest(metrics=metrics, seed=recipe.seed)
    (scored,) = score_datasets([open_dataset(candidates)], request, place, choose, watch)
    selection = select(open_run(scored.folder), rules, seed=recipe.seed)
    if not selection.kept:
        listed = ", ".join(f"{rule} drops {rows:,}" for rule, rows in selection.dropped_by.most_common())
        raise UsageError(f"Quality control keeps no row: {listed}.", repair="Ask less under [control].")
    with replacing(scored.folder / LEDGER) as file:
        file.write(ledger_as_parquet(selection.ledger, LedgerMark("")))
    reasons: dict[int, str] = {}
    for entry in selection.ledger:
        if entry.verdict == DROPPED and entry.row not in selection.kept:
            value = "" if entry.value is None else f": {entry.value:.4g}"
            reasons.setdefault(entry.row, f"{entry.rule}{value}")
    return QualityControl(selection.kept, reasons, dict(selection.dropped_by))
