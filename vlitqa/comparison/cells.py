"""A cell of a comparison: one model learns from one dataset by one seed, and sits the exams; done once, kept for good.

What a cell came to lies in a folder named by a digest of all that it depends on, so that every comparison which needs
the same cell finds it there, and an interrupted one goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from evaluators.benchmarks.catalogue import load_benchmark
from evaluators.exams.paper import ExamPaper, ExamTerms, set_paper
from vlitqa.contracts import Benchmark
from vlitqa.results.exams import ExamResult
from vlitqa.storage.atomic import disk_errors, replacing

CELLS = "cells"
"""The folder of all cells, beside the runs of datasets and the tunings."""
_TUNED = "tuned.json"
_Content = TypeVar("_Content")


class ExamOrder(Struct, frozen=True, kw_only=True):
    """A benchmark that the model of a cell sits, and where its files lie."""

    benchmark: str
    root: str
    rules: str = ""
    prompt: str = ""
    limit: int | None = None
    """The most questions, drawn always the same."""
    key: str = ""
    """A digest of its questions, its prompt and its rules."""

    def open(self) -> tuple[Benchmark, ExamPaper]:
        """The benchmark and its paper; raises UsageError or DatasetError where its files are not there or damaged."""
        benchmark = load_benchmark(self.benchmark, self.rules, Path(self.root) if self.root else None)
        return benchmark, set_paper(benchmark, ExamTerms(prompt=self.prompt, limit=self.limit))


class CellComputing(Struct, frozen=True, kw_only=True):
    """How the tuning of a cell is computed, where its preset does not say it."""

    precision: str = ""
    """Empty for the usual one of the machine."""
    adapter_rank: int = 0
    """That of low-rank adapters in the place of the language model; 0 trains it in full."""
    tokens_at_once: int = 8_192
    recomputes: bool = False
    processes: int = 1
    """That share the tuning, each with a GPU of its own where there are any."""


class TuningCell(Struct, frozen=True, kw_only=True):
    """One model on one dataset by one seed."""

    dataset: str
    """Its name in tables."""
    path: str
    format: str = ""
    mapping: Mapping[str, str] = {}
    images: str = ""
    home: str
    """The folder of the dataset's images and settings."""
    image_roots: tuple[str, ...] = ()
    rows: int
    """Rows that are drawn of the dataset."""
    model: str
    source: str
    """The preset, folder or name of the hub where the model begins."""
    seed: int
    computing: CellComputing = CellComputing()
    exams: tuple[ExamOrder, ...]
    output: str
    key: str
    """A digest of all that the tuned model depends on."""

    @property
    def folder(self) -> Path:
        """The folder of what it came to."""
        return Path(self.output) / CELLS / f"{self.model}-{self.seed}-{self.key}"


class TunedModel(Struct, frozen=True, kw_only=True):
    """What the tuning of a cell came to."""

    folder: str
    """That of the tuning, beside the folder of all cells."""
    examples: int
    left_out: Mapping[str, int]
    losses: tuple[tuple[float, float], ...]
    """Steps and the mean losses of those around them."""


class CellFailure(Struct, frozen=True):
    """Why a cell has no result of an exam, or of none."""

    reason: str
    benchmark: str = ""
    """Empty where the tuning failed."""


def read_tuned(cell: TuningCell) -> TunedModel | None:
    """What its tuning came to; None where it is not finished."""
    return _read(cell.folder / _TUNED, TunedModel)


def read_exam(cell: TuningCell, exam: ExamOrder) -> ExamResult | None:
    """The result of an exam; None where it was not sat."""
    return _read(cell.folder / _exam_file(exam), ExamResult)


def write_tuned(cell: TuningCell, tuned: TunedModel) -> None:
    """Keeps what its tuning came to."""
    _write(cell, _TUNED, tuned)


def write_exam(cell: TuningCell, exam: ExamOrder, result: ExamResult) -> None:
    """Keeps the result of an exam."""
    _write(cell, _exam_file(exam), result)


def exams_left(cell: TuningCell) -> list[ExamOrder]:
    """The exams that were not sat."""
    return [exam for exam in cell.exams if read_exam(cell, exam) is None]


def is_done(cell: TuningCell) -> bool:
    """True if nothing of it is left to do."""
    return read_tuned(cell) is not None and not exams_left(cell)


def _exam_file(exam: ExamOrder) -> str:
    return f"{exam.benchmark}-{exam.key}.json"


def _write(cell: TuningCell, name: str, content: object) -> None:
    with disk_errors(cell.folder):
        cell.folder.mkdir(parents=True, exist_ok=True)
        with replacing(cell.folder / name) as file:
            file.write(msgspec.json.format(msgspec.json.encode(content)) + b"\n")


def _read(path: Path, kind: type[_Content]) -> _Content | None:
    """The content of a file; None where it is missing or damaged: then it is made again."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, ValueError):
        return None
