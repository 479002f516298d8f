"""A comparison of runs that are finished and exams that somebody else held: nothing is tuned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from reports.names import names_of_runs
from vlitqa import __version__
from vlitqa.comparison.quality import quality_of
from vlitqa.errors import UsageError
from vlitqa.results.comparison import MEAN_EXAM, ComparedDataset, Comparison, ExamFigure
from vlitqa.runs.finished import FinishedRun


def join_runs_with_exams(runs: Sequence[FinishedRun], figures: Sequence[ExamFigure]) -> Comparison:
    """Puts the quality of runs beside exam figures; raises UsageError where a figure is of no run."""
    names = _names(runs)
    aliases = dict(_aliases(runs, names))
    if unknown := next((figure.dataset for figure in figures if figure.dataset not in aliases), None):
        raise UsageError(
            f"The exams are of a dataset {unknown!r}, of which there is no run.",
            repair=f"The runs are of {', '.join(names)}: name the datasets of the exams like them, or add its run.",
        )
    exams = sorted(dict.fromkeys(figure.exam for figure in figures), key=lambda exam: exam != MEAN_EXAM)
    return Comparison(
        title=", ".join(names),
        datasets=tuple(
            ComparedDataset(name=name, rows=run.card.records, digest=run.card.sha256, run=run.folder.name)
            for name, run in zip(names, runs, strict=True)
        ),
        models=tuple(dict.fromkeys(figure.model for figure in figures)),
        seeds=tuple(sorted({figure.seed for figure in figures})),
        exams=tuple(exams),
        quality=tuple(figure for name, run in zip(names, runs, strict=True) for figure in quality_of(name, run.card)),
        figures=tuple(_renamed(figure, aliases) for figure in figures),
        methods={"version": __version__},
    )


def _names(runs: Sequence[FinishedRun]) -> list[str]:
    """Names of which no two are the same, without the ending of the file where that is possible."""
    names = names_of_runs(runs)
    stems = [Path(name).stem for name in names]
    return stems if len(set(stems)) == len(stems) else names


def _aliases(runs: Sequence[FinishedRun], names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What a table of exams may call each dataset: its file, with and without the ending, or the folder of its run."""
    for name, run in zip(names, runs, strict=True):
        yield from ((alias, name) for alias in (Path(run.name).stem, run.name, run.folder.name, name))


def _renamed(figure: ExamFigure, aliases: Mapping[str, str]) -> ExamFigure:
    return ExamFigure(
        aliases[figure.dataset],
        figure.model,
        figure.seed,
        figure.exam,
        figure.value,
        interval=figure.interval,
        reason=figure.reason,
    )
