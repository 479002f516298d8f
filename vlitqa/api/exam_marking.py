"""Answers of models to a benchmark are marked: those of files, and those that models give now."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evaluators.answers.files import read_answers
from evaluators.answers.layouts import SITTING_LAYOUT
from evaluators.exams.grading import GradedExam, grade_answers
from reference_models.catalogue import find_saved_model
from vlitqa.api.exam_sitting import ExamRoom, sit_exams
from vlitqa.contracts import Benchmark
from vlitqa.errors import UsageError


def mark_files(
    exam: Benchmark, answers: Sequence[Path], names: Sequence[str], *, by_data_root: bool
) -> tuple[list[GradedExam], list[str]]:
    """Marks files of answers; returns the names of their layouts too."""
    files = [read_answers(path) for path in answers]
    models = _model_names(answers, names, [file.model for file in files])
    graded = [
        grade_answers(exam, model, file.answers, by_data_root=by_data_root)
        for model, file in zip(models, files, strict=True)
    ]
    return graded, [file.layout for file in files]


def mark_models(
    room: ExamRoom, folders: Sequence[Path], names: Sequence[str], output: Path | None
) -> tuple[list[GradedExam], list[str]]:
    """Marks what models answer now; all folders are looked at before hours go into the first."""
    models = [find_saved_model(folder) for folder in folders]
    names = _model_names(folders, names, [model.name for model in models])
    return sit_exams(room, models, names, output), [SITTING_LAYOUT] * len(models)


def _model_names(answers: Sequence[Path], names: Sequence[str], in_rows: Sequence[str]) -> list[str]:
    """The models: as the user names them, as their rows do, or as their files are called, with the folder if needed."""
    of_files = [path.resolve().name if path.is_dir() else path.stem for path in answers]
    models = list(names) or [name or of_file for name, of_file in zip(in_rows, of_files, strict=True)]
    if not names and len(set(models)) < len(models):
        models = of_files
    if not names and len(set(models)) < len(models):
        models = [f"{path.resolve().parent.name}/{model}" for path, model in zip(answers, models, strict=True)]
    models = [model.encode(errors="replace").decode() for model in models]
    if len(set(models)) < len(models) or not all(model.strip() for model in models):
        raise UsageError(
            f"Every model needs a different name, not {', '.join(map(repr, models))}.", repair="Give --name."
        )
    return models
