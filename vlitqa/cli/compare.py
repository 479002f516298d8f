"""`vlitqa compare`: datasets by the models that learn from them, and which measure of quality predicts the exams."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vlitqa.cli import options, screen
from vlitqa.cli.stopping import INTERRUPTED
from vlitqa.engines.cores import available_cores
from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from reference_models.catalogue import ModelChoice
    from vlitqa.comparison.cells import ExamOrder
    from vlitqa.comparison.plan import NamedDataset
    from vlitqa.comparison.shapes_world import ShapesWorld
    from vlitqa.reader import Reading

_MODELS = "llava,blip2,openflamingo"
_OF_SHAPES = ("nano", "tiny")
"""Presets whose models may sit the exam of drawn shapes where no other is named: those of others know photographs."""
_WORLD, _QUICK_WORLD = (2_000, 200, 100), (300, 48, 25)
"""Of the shapes world: rows that are learned and scored of each dataset, and questions in each dimension."""
_Models = Annotated[str, typer.Option("--models", help="Models, separated by commas: `vlitqa catalogue models`.")]
_Data = Annotated[
    list[str] | None,
    typer.Option(
        "--data",
        help="Dataset files, or names of datasets of drawn shapes that are made now, separated by commas; repeatable: "
        "guided, guided-half-wrong, guided-mostly-wrong, adapted (the default), generated, paired, controlled.",
    ),
]
_Benchmarks = Annotated[
    str, typer.Option("--benchmarks", help="Exams, separated by commas: `vlitqa catalogue benchmarks`.")
]
_DataRoot = Annotated[
    list[str] | None,
    typer.Option(
        "--data-root",
        help="Folder with the files of the benchmarks, or BENCHMARK=FOLDER for one; repeatable. "
        "Default: for nano and tiny models an exam of drawn shapes, made now.",
    ),
]
_Preset = Annotated[
    str, typer.Option("--preset", help="Where models begin: nano, paper, tiny, a folder or a name of the hub.")
]
_Seeds = Annotated[int, typer.Option("--seeds", min=1, help="Number of tunings of each model on each dataset.")]
_Rows = Annotated[
    int | None,
    typer.Option(
        "--rows", min=1, help="Rows that are drawn of each dataset. Default: as many as the smallest dataset has."
    ),
]
_ScoreRows = Annotated[
    int | None,
    typer.Option(
        "--score-rows",
        min=1,
        help="Rows of these that are scored, drawn. Default: all of them; 200 of the datasets of drawn shapes.",
    ),
]
_Questions = Annotated[
    int | None,
    typer.Option("--questions", min=1, help="Most questions of each exam, drawn. Default: all of them."),
]
_Runs = Annotated[
    list[Path] | None,
    typer.Option(
        "--runs", help="Run folders of `vlitqa score`, for --exams; repeatable. Default: datasets are scored now."
    ),
]
_Exams = Annotated[
    Path | None,
    typer.Option(
        "--exams",
        help="CSV file with columns dataset, model, exam, value and perhaps seed, beside --runs: nothing is tuned.",
    ),
]
_Quick = Annotated[
    bool, typer.Option("--quick", help="Few rows and questions of drawn shapes, to see all of it in minutes.")
]
_Output = Annotated[Path, typer.Option("--output", "-o", help="Folder of runs, tunings and comparisons.")]
_Engine = Annotated[str, typer.Option("--engine", help="local: processes of this machine; ray: a cluster.")]
_Workers = Annotated[
    int | None,
    typer.Option("--workers", min=1, help="Cells at a time. Default: one for each GPU, or else for each core."),
]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, in which memory and time, and stop.")]


def compare(  # noqa: PLR0913 - one argument for each option
    *,
    models: _Models = _MODELS,
    data: _Data = None,
    benchmarks: _Benchmarks = "seed",
    data_root: _DataRoot = None,
    preset: _Preset = "nano",
    seeds: _Seeds = 1,
    rows: _Rows = None,
    score_rows: _ScoreRows = None,
    questions: _Questions = None,
    metrics: options.MetricsOption = "all",
    format_name: options.FormatOption = "",
    mapping: options.MapOption = None,
    image_root: options.ImageRootOption = None,
    images: options.ImagesOption = None,
    runs: _Runs = None,
    exams: _Exams = None,
    quick: _Quick = False,
    output: _Output = Path("runs"),
    engine: _Engine = "local",
    workers: _Workers = None,
    dry_run: _DryRun = False,
    json: options.JsonOption = False,
) -> None:
    """Compare datasets by the models that learn from them; repeat the command to go on after an interruption."""
    from vlitqa.cli import comparing
    from vlitqa.comparison.plan import ComparisonRequest, plan_comparison
    from vlitqa.comparison.ray_crew import check_engine

    if runs or exams:
        comparing.compare_finished(runs or (), exams, output, as_json=json)
        return
    check_engine(engine)
    choices = _choose_models(models, preset)
    chosen = options.load_metrics(metrics, None, 0)
    roots = options.check_image_roots(image_root)
    materials = _Materials(output=output, preset=preset, rows=rows, questions=questions, is_quick=quick)
    sat = materials.exams(_names(benchmarks), data_root or ())
    request = ComparisonRequest(
        datasets=materials.datasets(data or (), options.make_reading(format_name, mapping, images)),
        models=choices,
        exams=sat,
        seeds=tuple(range(seeds)),
        rows=rows,
        scored=score_rows or materials.scored(data or ()),
        image_roots=roots,
        output=output,
    )
    plan = plan_comparison(request)
    comparing.tell_plan(plan)
    if dry_run:
        comparing.show_costs(plan, comparing.choose_crew(engine, workers))
        return
    try:
        comparison = comparing.carry_out(plan, chosen, comparing.choose_crew(engine, workers))
    except KeyboardInterrupt:
        command = shlex.join(["vlitqa", *sys.argv[1:]])
        screen.tell(f"Stopped; what was done is kept. Go on with: {command}")
        raise typer.Exit(INTERRUPTED) from None
    comparing.end(comparison, comparing.folder_of(plan, chosen), as_json=json)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Materials:
    """The datasets and exams of a comparison: those of a user, or those of the shapes world, which are made now."""

    output: Path
    preset: str
    rows: int | None
    questions: int | None
    is_quick: bool

    def exams(self, benchmarks: Sequence[str], roots: Sequence[str]) -> tuple[ExamOrder, ...]:
        """The exams that models sit; raises UsageError for a benchmark that is none."""
        from evaluators.benchmarks.catalogue import load_benchmark
        from vlitqa.comparison.cells import ExamOrder
        from vlitqa.comparison.shapes_world import EXAM

        names = [load_benchmark(name.lower()).card.name for name in benchmarks]
        named = dict(_parse_root(root) for root in roots)
        usual = named.pop("", None)
        if unknown := sorted(set(named) - set(names)):
            raise UsageError(f"--data-root names {unknown[0]}, which no model sits.", repair="Add it to --benchmarks.")
        folders = {name: named.get(name, usual) for name in names}
        if folders.get(EXAM, "") is None and self.preset in _OF_SHAPES:
            folders[EXAM] = str(self._world.write_exam())
            return tuple(ExamOrder(benchmark=name, root=folders[name] or "") for name in names)
        return tuple(ExamOrder(benchmark=name, root=folders[name] or "", limit=self.questions) for name in names)

    def datasets(self, data: Sequence[str], reading: Reading) -> tuple[NamedDataset, ...]:
        """Opens all datasets before hours go into the first; raises UsageError for one that cannot be read."""
        from reports.names import different_names
        from vlitqa.comparison.plan import NamedDataset
        from vlitqa.reader import open_dataset

        paths = [Path(name) for name in self._files(data)] + self._world.write_datasets(self._drawn(data))
        opened = [open_dataset(path, reading) for path in dict.fromkeys(paths)]
        in_folders = [f"{dataset.path.absolute().parent.name}/{dataset.path.name}" for dataset in opened]
        stems = [dataset.path.name.partition(".")[0] or dataset.path.name for dataset in opened]
        names = different_names(stems, in_folders, [str(dataset.path) for dataset in opened])
        return tuple(NamedDataset(name=name, dataset=dataset) for name, dataset in zip(names, opened, strict=True))

    def _drawn(self, data: Sequence[str]) -> tuple[str, ...]:
        """The datasets of drawn shapes that a user names, or all where none is named."""
        from vlitqa.comparison.shapes_world import DATASETS, USUAL_DATASETS

        names = _names(",".join(data)) or USUAL_DATASETS
        return tuple(name for name in names if name in DATASETS and not Path(name).exists())

    def _files(self, data: Sequence[str]) -> list[str]:
        """The files that a user names."""
        drawn = self._drawn(data)
        return [name for name in _names(",".join(data)) if name not in drawn]

    def scored(self, data: Sequence[str]) -> int | None:
        """Rows that are scored where a user does not say it: all of a user's, few of ours, because judges take long."""
        return None if self._files(data) else (_QUICK_WORLD if self.is_quick else _WORLD)[1]

    @property
    def _world(self) -> ShapesWorld:
        from vlitqa.comparison.shapes_world import ShapesWorld

        rows, _, questions = _QUICK_WORLD if self.is_quick else _WORLD
        return ShapesWorld(
            folder=self.output,
            rows=self.rows or rows,
            questions=self.questions or questions,
            workers=available_cores(),
        )


def _parse_root(text: str) -> tuple[str, str]:
    """The benchmark and the folder of `mme=MME/`; no benchmark for a folder that holds all."""
    benchmark, equals, folder = text.partition("=")
    return (benchmark.lower(), folder) if equals and not Path(text).exists() else ("", text)


def _choose_models(models: str, preset: str) -> tuple[ModelChoice, ...]:
    from reference_models.catalogue import choose_model

    choices = dict.fromkeys(choose_model(name, preset) for name in _names(models))
    if not choices:
        raise UsageError("--models names no model.", repair="`vlitqa catalogue models` lists them.")
    return tuple(choices)


def _names(texts: str) -> list[str]:
    return list(dict.fromkeys(name.strip() for name in texts.split(",") if name.strip()))
