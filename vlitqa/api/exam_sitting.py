"""Models of `vlitqa tune` sit an exam: opened one after the other, asked, marked, and their answers kept."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vlitqa.algorithms.counted import counted
from vlitqa.api.messages import tell
from vlitqa.api.progress import question_progress
from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from evaluators.exams.answer_cache import AnswerCache
    from evaluators.exams.grading import GradedExam
    from evaluators.exams.paper import ExamPaper, ExamTerms
    from evaluators.exams.pictures import ExamPictures
    from reference_models.catalogue import SavedModel
    from vlitqa.contracts import Benchmark


@dataclass(frozen=True, slots=True)
class ExamRoom:
    """All that models share who sit one exam."""

    benchmark: Benchmark
    paper: ExamPaper
    pictures: ExamPictures


def open_room(benchmark: Benchmark, terms: ExamTerms, data_root: Path | None, image_roots: Sequence[Path]) -> ExamRoom:
    """Reads the questions of a benchmark; raises UsageError where none can be put to a model."""
    from evaluators.exams.paper import set_paper
    from evaluators.exams.pictures import ExamPictures

    card = benchmark.card
    if data_root is None:
        files = ", ".join((*card.files, *card.pictures))
        raise UsageError(
            f"--model is asked the questions of {card.title} about its pictures, which lie in a --data-root.",
            repair=f"--data-root: the folder with {files}.",
        )
    return ExamRoom(benchmark, set_paper(benchmark, terms), ExamPictures(card, data_root, image_roots))


def sit_exams(
    room: ExamRoom, models: Sequence[SavedModel], names: Sequence[str], output: Path | None
) -> list[GradedExam]:
    """Lets every model sit the exam and marks it; the same command goes on with one that was stopped."""
    from evaluators.exams.answer_cache import AnswerCache
    from vlitqa.storage.places import cache_folder

    with closing(AnswerCache(cache_folder())) as cache:
        exams = [_sit(room, model, name, cache, output) for model, name in zip(models, names, strict=True)]
        if cache.note:
            tell(cache.note)
    return exams


def _sit(room: ExamRoom, model: SavedModel, name: str, cache: AnswerCache, output: Path | None) -> GradedExam:
    from evaluators.exams.answer_file import AnswerSheet, write_answers
    from evaluators.exams.grading import grade_sitting
    from evaluators.exams.sitting import Examinee, Sitting

    sitting = Sitting(Examinee(model.open(), model.identity), room.paper, room.pictures, cache)
    with question_progress(name, len(room.paper.questions)) as observe:
        sat = sitting.run(observe)
    earlier = f", {len(sat.answers) - sat.asked:,} known from before" if sat.asked < len(sat.answers) else ""
    tell(f"{name}: {counted(sat.asked, 'question')} asked{earlier}.")
    if output:
        sheet = AnswerSheet(model=name, identity=model.identity, benchmark=room.benchmark.card.name, paper=room.paper)
        tell(f"{name}: {write_answers(output, sheet, sat)}")
    return grade_sitting(room.benchmark, name, room.paper.released, sat)
