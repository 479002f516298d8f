"""The comparison as a value: figures of quality and of exams, put together from scorecards and cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from evaluators.benchmarks.catalogue import load_benchmark
from vlitqa import __version__
from vlitqa.comparison.cells import CellFailure, TuningCell, read_exam, read_tuned
from vlitqa.comparison.plan import ComparisonPlan
from vlitqa.comparison.quality import quality_of
from vlitqa.results import Figure, Scorecard
from vlitqa.results.comparison import (
    MEAN_EXAM,
    ComparedDataset,
    Comparison,
    ExamFigure,
    LearningCurve,
)
from vlitqa.results.exams import ExamResult

NOT_DONE = "not done yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredRun:
    """The scorecard of a dataset, and the name of its run folder."""

    folder: str
    card: Scorecard


def assemble(
    plan: ComparisonPlan, runs: Sequence[ScoredRun], failures: Mapping[str, Sequence[CellFailure]]
) -> Comparison:
    """Puts the figures together; a cell that failed, by its key, has its reason, and nothing is filled in."""
    request = plan.request
    outcomes = [_Outcome.of(cell, plan, failures.get(cell.key, ())) for cell in plan.cells]
    parts = {benchmark: _parts(benchmark, outcomes) for benchmark in (exam.benchmark for exam in request.exams)}
    names = [name for benchmark in parts for name in (benchmark, *parts[benchmark])]
    return Comparison(
        title=", ".join(named.name for named in request.datasets),
        datasets=tuple(
            ComparedDataset(
                name=named.name,
                rows=named.size(plan.rows),
                scored=plan.scored if plan.scored < named.size(plan.rows) else 0,
                digest=named.dataset.sha256,
                run=run.folder,
                treatment=named.treatment,
                version_of=named.version_of,
            )
            for named, run in zip(request.datasets, runs, strict=True)
        ),
        models=tuple(choice.name for choice in request.models),
        seeds=request.seeds,
        exams=(MEAN_EXAM, *names),
        quality=tuple(
            figure
            for named, run in zip(request.datasets, runs, strict=True)
            for figure in quality_of(named.name, run.card)
        ),
        figures=tuple(figure for outcome in outcomes for figure in outcome.figures(parts)),
        curves=tuple(outcome.curve for outcome in outcomes if outcome.curve),
        methods=_methods(plan),
    )


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a cell came to."""

    cell: TuningCell
    results: Mapping[str, ExamResult]
    reasons: Mapping[str, str]
    """By benchmark: why there is no result."""
    curve: LearningCurve | None

    @classmethod
    def of(cls, cell: TuningCell, plan: ComparisonPlan, failures: Sequence[CellFailure]) -> _Outcome:
        results = {exam.benchmark: result for exam in cell.exams if (result := read_exam(cell, exam))}
        of_cell = {failure.benchmark: failure.reason for failure in failures}
        reasons = {
            exam.benchmark: plan.refused.get(exam.benchmark) or of_cell.get(exam.benchmark) or of_cell.get("", NOT_DONE)
            for exam in plan.request.exams
            if exam.benchmark not in results
        }
        tuned = read_tuned(cell)
        curve = LearningCurve(cell.dataset, cell.model, cell.seed, tuned.losses) if tuned else None
        return cls(cell, results, reasons, curve)

    def figures(self, parts: Mapping[str, Sequence[str]]) -> Iterator[ExamFigure]:
        """The mean of all benchmarks, and of each its headline and its parts."""
        yield self._mean(list(parts))
        for benchmark, names in parts.items():
            result = self.results.get(benchmark)
            if result is None:
                yield from (self._without(name, self.reasons[benchmark]) for name in (benchmark, *names))
                continue
            yield self._figure(benchmark, result.headline)
            by_name = {_part_name(benchmark, figure): figure for figure in result.breakdown}
            for name in names:
                figure = by_name.get(name)
                yield self._figure(name, figure) if figure else self._without(name, "no question of it was asked")

    def _mean(self, benchmarks: Sequence[str]) -> ExamFigure:
        """The mean of the headlines, each in percent of its highest value; with one benchmark its own interval."""
        shares: list[tuple[float, tuple[float, float] | None]] = []
        for benchmark in benchmarks:
            result = self.results.get(benchmark)
            if result is None:
                return self._without(MEAN_EXAM, f"{benchmark}: {self.reasons[benchmark]}")
            value, interval = result.headline.value, result.headline.interval
            if value is None:
                return self._without(MEAN_EXAM, f"{benchmark}: {result.headline.reason}")
            scale = 100 / load_benchmark(benchmark, result.rules).card.highest
            scaled = (scale * interval[0], scale * interval[1]) if interval else None
            shares.append((scale * value, scaled))
        mean = sum(value for value, _ in shares) / len(shares)
        return self._exam(MEAN_EXAM, mean, interval=shares[0][1] if len(shares) == 1 else None)

    def _figure(self, name: str, figure: Figure) -> ExamFigure:
        return self._exam(name, figure.value, interval=figure.interval, reason=figure.reason)

    def _without(self, name: str, reason: str) -> ExamFigure:
        return self._exam(name, None, reason=reason)

    def _exam(
        self, name: str, value: float | None, *, interval: tuple[float, float] | None = None, reason: str = ""
    ) -> ExamFigure:
        cell = self.cell
        return ExamFigure(cell.dataset, cell.model, cell.seed, name, value, interval=interval, reason=reason)


def _parts(benchmark: str, outcomes: Sequence[_Outcome]) -> list[str]:
    """The names of the parts of a benchmark that any model was asked, in its order."""
    results = [outcome.results[benchmark] for outcome in outcomes if benchmark in outcome.results]
    return list(dict.fromkeys(_part_name(benchmark, figure) for result in results for figure in result.breakdown))


def _part_name(benchmark: str, figure: Figure) -> str:
    return f"{benchmark}: {figure.name}"


def _methods(plan: ComparisonPlan) -> dict[str, str]:
    """Facts for a methods paragraph."""
    request = plan.request
    prompts = {exam.benchmark: exam for cell in plan.cells[:1] for exam in cell.exams}
    return {
        "version": __version__,
        "presets": ", ".join(f"{choice.name} ({choice.source})" for choice in request.models),
        "rows": str(plan.rows),
        "scored": str(plan.scored),
        "exams": ", ".join(
            f"{name} (prompt {exam.prompt}{f', {exam.limit} questions' if exam.limit else ''})"
            for name, exam in prompts.items()
        ),
    }
