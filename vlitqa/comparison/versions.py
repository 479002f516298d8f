"""Versions of datasets: what the rules of a selection keep, and a random subset of the same size as its control."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path

from vlitqa.catalogue import metric_measuring
from vlitqa.comparison.plan import NamedDataset
from vlitqa.contracts import Principle
from vlitqa.errors import UsageError
from vlitqa.reader import Dataset, open_dataset
from vlitqa.results.gold import gold_beside
from vlitqa.runs.finished import FinishedRun
from vlitqa.scoring.provenance import digest_of
from vlitqa.selection.controls import Control, draw_control
from vlitqa.selection.ledger import LedgerMark, ledger_as_parquet
from vlitqa.selection.notation import parse_rule
from vlitqa.selection.reading_back import read_back
from vlitqa.selection.rule_sets import RULE_SETS, rules_of_set
from vlitqa.selection.selecting import select
from vlitqa.selection.written_subset import name_of_subset, writing_subset
from vlitqa.storage.atomic import disk_errors, replacing

_DIGEST_LETTERS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """The versions of one dataset."""

    datasets: tuple[NamedDataset, ...]
    """That of quality control, then its control; none where the rules keep all rows or none."""
    sentence: str
    """What became of the dataset."""


def write_versions(named: NamedDataset, run: FinishedRun, rules: Sequence[str], output: Path) -> Versions:
    """Writes the versions of a dataset that was scored; raises UsageError for rules that the run cannot judge by."""
    texts, left_out = _rules_of(rules, run)
    selection = select(run, [parse_rule(text) for text in texts])
    kept, rows = selection.kept, len(selection.rows)
    without = f", without {', '.join(left_out)}, of which it has no value" if left_out else ""
    sentence = f"{named.name}: quality control ({', '.join(texts)}{without}) keeps {len(kept):,} of {rows:,} rows"
    if not kept:
        raise UsageError(f"{sentence}.", repair="Ask less: `vlitqa select RUN --what-if METRIC` shows what is kept.")
    if len(kept) == rows:
        return Versions(datasets=(), sentence=f"{sentence}, so that it has no version to compare")
    labels = run.labels.get(metric_measuring(Principle.TASK_DIVERSITY), {})
    control = draw_control(selection.rows, kept, labels, seed=0)
    folder = output / f"versions-{digest_of([named.dataset.sha256, texts, sorted(kept)]).hex()[:_DIGEST_LETTERS]}"
    ledger = ledger_as_parquet(selection.ledger, LedgerMark(""))
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(folder / "ledger.parquet") as file:
            file.write(ledger)
    treated = _write(named.dataset, kept, folder, "quality-control")
    drawn = _write(named.dataset, control.rows, folder, "random-subset")
    return Versions(
        datasets=(
            NamedDataset(
                name=f"{named.name} with quality control",
                dataset=treated,
                treatment="quality control",
                version_of=named.name,
            ),
            NamedDataset(
                name=f"{named.name}, random subset", dataset=drawn, treatment="random subset", version_of=named.name
            ),
        ),
        sentence=f"{sentence}; {_describe(control, kept, has_labels=bool(labels))}",
    )


def _describe(control: Control, kept: AbstractSet[int], *, has_labels: bool) -> str:
    """What a reader has to know of a control."""
    tasks = f"with the same tasks but for {control.difference:.1%} of all labels"
    if not has_labels:
        tasks = "whatever their tasks are, which were not measured"
    elif not control.difference:
        tasks = "with the same tasks"
    return f"its control are as many drawn rows {tasks}, and {len(control.rows & kept):,} of them were kept too"


def _rules_of(texts: Sequence[str], run: FinishedRun) -> tuple[list[str], list[str]]:
    """The rules by which a run can judge, and those of sets by which it cannot."""
    judging, left_out = list[str](), list[str]()
    for text in texts:
        if text not in RULE_SETS:
            judging.append(text)
            continue
        of_set = rules_of_set(text, run)
        judging += of_set.measured
        left_out += of_set.unmeasured
    if not judging:
        raise UsageError(
            f"The run has values for no rule of {', '.join(texts)}.", repair="Name its metrics: --metrics."
        )
    return judging, left_out


def _write(dataset: Dataset, rows: AbstractSet[int], folder: Path, name: str) -> Dataset:
    """Writes some rows of a dataset as a dataset that has its images and settings, and people's verdicts on it."""
    path = folder / name_of_subset(dataset, name)
    with disk_errors(path), writing_subset(dataset, rows, path) as written:
        copy = read_back(written, dataset, rows)
    assert copy is not None
    gold = gold_beside(dataset.path)
    if gold.is_file():
        with replacing(gold_beside(path)) as file:
            file.write(gold.read_bytes())
    return open_dataset(path, replace(copy.reading, home=dataset.home))
