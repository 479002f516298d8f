"""The work on one cell: the model is tuned on the dataset and sits the exams that it has not sat yet."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from evaluators.exams.answer_cache import AnswerCache
from evaluators.exams.grading import grade_sitting
from evaluators.exams.pictures import ExamPictures
from evaluators.exams.sitting import Examinee, Sitting
from reference_models.catalogue import SavedModel, choose_model, find_saved_model
from reference_models.training.precision import choose_precision
from reference_models.training.processes import ONE_PROCESS, Processes, join_processes
from reference_models.training.recipe import ProgressCallback
from reference_models.training.tuning_job import Computing, TuningJob, TuningRequest, prepare_tuning
from vlitqa.algorithms.thinning import thin_points
from vlitqa.comparison.cells import (
    CellFailure,
    ExamOrder,
    TunedModel,
    TuningCell,
    exams_left,
    read_tuned,
    write_exam,
    write_tuned,
)
from vlitqa.engines.threads import one_thread
from vlitqa.errors import VlitqaError
from vlitqa.reader import Reading, open_dataset
from vlitqa.results.exams import ExamResult
from vlitqa.results.tuning import TuningResult
from vlitqa.storage.places import cache_folder
from vlitqa.storage.temporary import sweep_temporaries

_POINTS = 60
"""The most points of a learning curve."""


def do_cell(cell: TuningCell, report: ProgressCallback) -> list[CellFailure] | None:
    """Does what is left of a cell, and keeps it; returns why exams have no result.

    Of several processes the first does all but its part of the tuning, and the others return nothing, unless one of
    them meets an error that no other meets.
    """
    left = exams_left(cell)
    if read_tuned(cell) is not None and not left:
        return []
    with one_thread():  # kernels round otherwise where threads share the work
        try:
            with join_processes() as processes:
                if not processes.is_first:
                    _assist(cell, processes)
                    return None
                sweep_temporaries(cell.folder)
                model = _tuned_model(cell, report, processes)
        except VlitqaError as error:
            return [CellFailure(error.clause)] if processes.is_first or error.__cause__ else None
        return list(_sit_exams(cell, model, left, report))


def _assist(cell: TuningCell, processes: Processes) -> None:
    """Does a part of the tuning that the first process runs, if it is not done."""
    if _find_tuned(cell) is None:
        tuning_job(cell, processes).assist()


def _find_tuned(cell: TuningCell) -> SavedModel | None:
    """The tuned model where it was kept; None where it is not there any more."""
    tuned = read_tuned(cell)
    with suppress(VlitqaError):
        return find_saved_model(Path(cell.output) / tuned.folder) if tuned else None
    return None


def _tuned_model(cell: TuningCell, report: ProgressCallback, processes: Processes) -> SavedModel:
    """The tuned model, found where it was kept, or tuned now."""
    model = _find_tuned(cell)
    if model is not None:
        return model
    if read_tuned(cell) is not None:
        report("the tuned model is no longer there, and is tuned again")
    folder, result = tuning_job(cell, processes).run(Path(cell.output), time.strftime("%Y%m%d"), report)
    write_tuned(cell, _summary(folder.name, result))
    return find_saved_model(folder)


def tuning_job(cell: TuningCell, processes: Processes = ONE_PROCESS) -> TuningJob:
    """The tuning of a cell, whose model is opened and whose dataset is read now."""
    reading = Reading(cell.format, cell.mapping, Path(cell.images) if cell.images else None, Path(cell.home))
    choice, wanted = choose_model(cell.model, cell.source), cell.computing
    request = TuningRequest(
        choice=choice,
        stage="tuning",
        recipe=choice.recipe().with_adapters(wanted.adapter_rank),
        computing=Computing(
            precision=choose_precision(wanted.precision),
            tokens_at_once=wanted.tokens_at_once,
            recomputes=wanted.recomputes,
        ),
        image_roots=tuple(map(Path, cell.image_roots)),
        draw=cell.rows,
        seed=cell.seed,
        processes=processes,
    )
    return prepare_tuning(open_dataset(Path(cell.path), reading), request)


def _summary(folder: str, result: TuningResult) -> TunedModel:
    losses = thin_points([(step.step, step.loss) for step in result.steps], _POINTS)
    return TunedModel(folder=folder, examples=result.examples, left_out=result.left_out, losses=tuple(losses))


def _sit_exams(
    cell: TuningCell, saved: SavedModel, exams: list[ExamOrder], report: ProgressCallback
) -> Iterator[CellFailure]:
    """Lets the model sit exams, one after the other; an exam that fails takes no other with it."""
    model = saved.open() if exams else None
    with closing(AnswerCache(cache_folder())) as cache:
        for exam in exams:
            assert model is not None
            try:
                write_exam(cell, exam, _sit(Examinee(model, saved.identity), exam, cache, report))
            except VlitqaError as error:
                yield CellFailure(error.clause, exam.benchmark)


def _sit(examinee: Examinee, exam: ExamOrder, cache: AnswerCache, report: ProgressCallback) -> ExamResult:
    benchmark, paper = exam.open()
    asked = len(paper.questions)

    def observe(answered: int, _unasked: int, share: float) -> None:
        report(f"{exam.benchmark}: {answered:,} of {asked:,} questions, {share:.0%}")

    sat = Sitting(examinee, paper, ExamPictures(benchmark.card, Path(exam.root)), cache).run(observe)
    return grade_sitting(benchmark, examinee.model.name, paper.released, sat).result
