"""The datasets and the exam of drawn shapes that a comparison takes where a user names none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vlitqa.records import Record
from vlitqa.results.gold import gold_beside
from vlitqa.shapes.files import (
    Studio,
    placed_records,
    scenes_in,
    write_gold,
    write_profile,
    write_rows,
    write_seed_bench,
)
from vlitqa.validation.corruptions import inject_fault

DATASETS: Mapping[str, tuple[str, str]] = {
    "guided": ("guided", ""),
    "guided-half-wrong": ("guided", "answers_exchanged:50"),
    "guided-mostly-wrong": ("guided", "answers_exchanged:80"),
    "adapted": ("adapted", ""),
    "generated": ("generated", ""),
    "paired": ("paired", ""),
    "controlled": ("controlled", ""),
    "guided-fifth-wrong": ("guided", "answers_exchanged:20"),
    "guided-half-negated": ("guided", "answers_negated:50"),
    "guided-collapsed": ("guided", "instructions_collapsed:80"),
    "guided-repeated": ("guided", "responses_repeated:50"),
    "guided-few-tasks": ("guided", "tasks_dropped:80"),
}
"""By name: a dataset of the shapes world, and the fault that is put into it."""
USUAL_DATASETS = ("guided", "guided-half-wrong", "guided-mostly-wrong", "adapted")
"""Those that a comparison takes where a user names none."""
EXAM = "seed"
_EXAM_SEED = 1_000_003
"""The exam is about other scenes than the datasets."""
_FEWEST_GOLD = 250
_DONE = "vlitqa.toml"
"""Written last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapesWorld:
    """Some of the datasets with so many rows, and an exam of so many questions in each dimension."""

    folder: Path
    rows: int
    questions: int
    workers: int = 1
    seed: int = 0

    @property
    def data(self) -> Path:
        """The folder of the datasets."""
        return self.folder / f"shapes-{self.rows}-rows-{self.seed}"

    @property
    def exam(self) -> Path:
        """The folder of the exam."""
        return self.folder / f"shapes-exam-{self.questions}"

    def write_exam(self) -> Path:
        """Writes the exam, if it is not there yet; returns its folder."""
        if not (self.exam / _DONE).is_file():
            studio = Studio(folder=self.exam, seed=_EXAM_SEED, workers=self.workers)
            write_seed_bench(studio, self.questions)
            write_profile(studio)
        return self.exam

    def write_datasets(self, names: Sequence[str]) -> list[Path]:
        """Writes those datasets that are not there yet, each behind its pictures; returns their files."""
        files = {name: self.data / f"{name}.jsonl" for name in names}
        left = [name for name, path in files.items() if not (path.is_file() and gold_beside(path).is_file())]
        if left:
            studio = Studio(folder=self.data, seed=self.seed, workers=self.workers)
            truth = {name: placed_records(DATASETS[name][0], self.seed, self.rows) for name in left}
            by_name = {name: self._broken(truth[name], DATASETS[name][1]) for name in left}
            studio.draw(number for records in by_name.values() for number in scenes_in(records))
            write_profile(studio)
            for name, records in by_name.items():
                gold = max(
                    _FEWEST_GOLD, self.rows // 2
                )  # a tenth of the rows is scored, and a hundred verdicts are wanted
                write_gold(studio, gold_beside(files[name]).name, records, truth[name], size=gold)
                write_rows(studio, f"{name}.jsonl", records)
        return list(files.values())

    def _broken(self, records: Sequence[Record], fault: str) -> Sequence[Record]:
        return inject_fault(records, fault, self.seed) if fault else records
