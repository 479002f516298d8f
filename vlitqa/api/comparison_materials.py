"""The materials of a comparison: datasets and exams that a user names, or those of the shapes world, made now."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from vlitqa.api.choices import split_names
from vlitqa.engines.cores import available_cores
from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from reference_models.catalogue import ModelChoice
    from vlitqa.comparison.cells import CellComputing, ExamOrder
    from vlitqa.comparison.crews import CellCrew
    from vlitqa.comparison.plan import ComparisonRequest, NamedDataset
    from vlitqa.comparison.shapes_world import ShapesWorld
    from vlitqa.contracts import Metric
    from vlitqa.reader import Reading

_OF_SHAPES = frozenset(("nano", "tiny"))
"""Presets whose models may sit the exam of drawn shapes where no other is named: those of others know photographs."""
_WORLD, _QUICK_WORLD = (2_000, 200, 100), (300, 48, 25)
"""Of the shapes world: rows that are learned and scored of each dataset, and questions in each dimension."""

_NUMBERS = {"lora": "adapter_rank", "tokens-at-once": "tokens_at_once", "processes": "processes"}
"""Of `--tuning`: numbers, and what they are of a cell."""
_TUNING_FORMS = "Such as precision=bfloat16, lora=16, tokens-at-once=4096, recompute, processes=8."


@dataclass(frozen=True)
class ComparisonEffort:
    """How much is learned, scored and asked, and how it is computed, as far as a user says it."""

    seeds: int
    rows: int | None
    scored: int | None
    questions: int | None
    tuning: Sequence[str]
    _: KW_ONLY
    is_quick: bool

    @cached_property
    def computing(self) -> CellComputing:
        """How each tuning is computed; raises UsageError for words that mean nothing."""
        return _parse_computing(self.tuning)

    def crew(self, engine: str, workers: int | None) -> CellCrew:
        """Who does the cells; raises UsageError for an engine that is none."""
        from vlitqa.comparison.crews import choose_crew

        return choose_crew(engine, workers, self.computing.processes)


@dataclass(frozen=True, slots=True)
class ComparisonMaterials:
    """The datasets and exams of a comparison: those of a user, or those of the shapes world, which are made now."""

    data: Sequence[str]
    benchmarks: str
    roots: Sequence[str]
    output: Path
    effort: ComparisonEffort
    rules: Sequence[str]
    """Of quality control, by which all rows are judged."""

    def request(
        self,
        models: tuple[ModelChoice, ...],
        metrics: tuple[Metric, ...],
        image_roots: tuple[Path, ...],
        reading: Reading,
    ) -> ComparisonRequest:
        """The comparison of all of it; names are checked before anything is made."""
        from vlitqa.comparison.plan import ComparisonRequest

        return ComparisonRequest(
            models=models,
            metrics=metrics,
            image_roots=image_roots,
            exams=self.exams({choice.source for choice in models}),
            datasets=self.datasets(reading),
            seeds=tuple(range(self.effort.seeds)),
            computing=self.effort.computing,
            rows=self.effort.rows,
            scored=self.effort.scored or self.usually_scored,
            output=self.output,
        )

    def exams(self, presets: AbstractSet[str]) -> tuple[ExamOrder, ...]:
        """The exams that models sit; raises UsageError for a benchmark that is none."""
        from evaluators.benchmarks.catalogue import load_benchmark
        from vlitqa.comparison.cells import ExamOrder
        from vlitqa.comparison.shapes_world import EXAM

        names = [load_benchmark(name.lower()).card.name for name in split_names([self.benchmarks])]
        named = dict(_parse_root(root) for root in self.roots)
        usual = named.pop("", None)
        if unknown := sorted(set(named) - set(names)):
            raise UsageError(f"--data-root names {unknown[0]}, which no model sits.", repair="Add it to --benchmarks.")
        folders = {name: named.get(name, usual) for name in names}
        if folders.get(EXAM, "") is None and presets <= _OF_SHAPES:
            folders[EXAM] = str(self._world.write_exam())
            return tuple(ExamOrder(benchmark=name, root=folders[name] or "") for name in names)
        return tuple(ExamOrder(benchmark=name, root=folders[name] or "", limit=self.effort.questions) for name in names)

    def datasets(self, reading: Reading) -> tuple[NamedDataset, ...]:
        """Opens all datasets before hours go into the first; raises UsageError for one that cannot be read."""
        from reports.names import different_names
        from vlitqa.comparison.plan import NamedDataset
        from vlitqa.reader import open_dataset

        paths = [*map(Path, self._files), *self._world.write_datasets(self._drawn)]
        opened = [open_dataset(path, reading) for path in dict.fromkeys(paths)]
        in_folders = [f"{dataset.path.absolute().parent.name}/{dataset.name}" for dataset in opened]
        stems = [dataset.name.partition(".")[0] or dataset.name for dataset in opened]
        names = different_names(stems, in_folders, [str(dataset.path) for dataset in opened])
        return tuple(NamedDataset(name=name, dataset=dataset) for name, dataset in zip(names, opened, strict=True))

    @property
    def _drawn(self) -> tuple[str, ...]:
        """The datasets of drawn shapes that a user names, or all where none is named."""
        from vlitqa.comparison.shapes_world import DATASETS, USUAL_DATASETS

        names = split_names(self.data) or USUAL_DATASETS
        return tuple(name for name in names if name in DATASETS and not Path(name).exists())

    @property
    def _files(self) -> list[str]:
        """The files that a user names."""
        return [name for name in split_names(self.data) if name not in self._drawn]

    @property
    def usually_scored(self) -> int | None:
        """Rows that are scored where a user does not say it: all of a user's, few of ours, because judges take long."""
        return None if self._files or self.rules else (_QUICK_WORLD if self.effort.is_quick else _WORLD)[1]

    @property
    def _world(self) -> ShapesWorld:
        from vlitqa.comparison.shapes_world import ShapesWorld

        rows, _, questions = _QUICK_WORLD if self.effort.is_quick else _WORLD
        return ShapesWorld(
            folder=self.output,
            rows=self.effort.rows or rows,
            questions=self.effort.questions or questions,
            workers=available_cores(),
        )


def _parse_root(text: str) -> tuple[str, str]:
    """The benchmark and the folder of `mme=MME/`; no benchmark for a folder that holds all."""
    benchmark, equals, folder = text.partition("=")
    return (benchmark.lower(), folder) if equals and not Path(text).exists() else ("", text)


def choose_rules(select: Sequence[str] | None, metrics: Sequence[Metric], scored: int | None) -> tuple[str, ...]:
    """The rules of quality control that a user names; raises UsageError for those that could judge nothing."""
    from vlitqa.selection.notation import metric_of_rule, parse_rule
    from vlitqa.selection.rule_sets import RULE_SETS
    from vlitqa.selection.selecting import covered_metric

    rules = tuple(split_names(select))
    if rules and scored is not None:
        repair = "Leave --score-rows out, or compare fewer rows: --rows."
        raise UsageError("--select judges every row that is compared, so that all are scored.", repair=repair)
    for rule in rules:
        if rule in RULE_SETS:
            continue
        metric = metric_of_rule(rule)
        if metric and metric not in {chosen.card.name for chosen in metrics}:
            raise UsageError(f"--select {rule!r}: {metric} is not measured.", repair="Name it with --metrics.")
    covered_metric([parse_rule(rule) for rule in rules if rule not in RULE_SETS])
    return rules


def _parse_computing(texts: Sequence[str]) -> CellComputing:
    """How a tuning is computed, in the words of `vlitqa tune`."""
    from reference_models.training.memory import PRECISIONS
    from vlitqa.comparison.cells import CellComputing

    wanted: dict[str, str | int | bool] = {}
    for text in split_names(texts):
        name, _, value = (part.strip() for part in text.partition("="))
        if name == "recompute" and not value:
            wanted["recomputes"] = True
        elif name == "precision" and value in PRECISIONS:
            wanted[name] = value
        elif name in _NUMBERS and value.isdecimal() and int(value):
            wanted[_NUMBERS[name]] = int(value)
        else:
            raise UsageError(
                f"--tuning {text!r} means nothing.", repair=f"{_TUNING_FORMS} Precisions: {', '.join(PRECISIONS)}."
            )
    return msgspec.convert(wanted, CellComputing)
