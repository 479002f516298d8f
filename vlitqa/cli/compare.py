"""`vlitqa compare`: datasets by the models that learn from them, and which measure of quality predicts the exams."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vlitqa.api import choices
from vlitqa.cli import options
from vlitqa.cli.option_groups import ReadingOptions

_MODELS = "llava,blip2,openflamingo"
_Models = Annotated[
    str, typer.Option("--models", help="Models, separated by commas: `vlitqa catalogue reference-models`.")
]
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
_Tuning = Annotated[
    list[str] | None,
    typer.Option(
        "--tuning",
        help="How each tuning is computed: precision=bfloat16, lora=16, tokens-at-once=4096, recompute, as for "
        "`vlitqa tune`; processes=8 share one, with a GPU each; repeatable. Default: as the preset says.",
    ),
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
_Select = Annotated[
    list[str] | None,
    typer.Option(
        "--select",
        help="Rules of quality control, such as difficulty>=q25, or paper for the review's: what they keep of each "
        "dataset is compared with the whole of it, and with as many random rows; repeatable. Default: none.",
    ),
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
    tuning: _Tuning = None,
    seeds: _Seeds = 1,
    rows: _Rows = None,
    score_rows: _ScoreRows = None,
    questions: _Questions = None,
    metrics: options.MetricsOption = "all",
    select: _Select = None,
    reader: ReadingOptions,
    image_root: options.ImageRootOption = None,
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
    from vlitqa.api import comparison_materials as parts
    from vlitqa.cli import comparing

    if runs or exams:
        comparing.compare_finished(runs or (), exams, output, as_json=json)
        return
    rules = parts.choose_rules(select, chosen := choices.load_metrics(metrics, None, 0), score_rows)
    work = parts.ComparisonEffort(seeds, rows, score_rows, questions, tuning or (), is_quick=quick)
    terms = comparing.ComparisonTerms(rules, work.crew(engine, workers), dry_run=dry_run, json=json)
    materials = parts.ComparisonMaterials(data or (), benchmarks, data_root or (), output, work, rules)
    roots, reading = choices.check_image_roots(image_root), reader.reading()
    comparing.compare_now(materials.request(choices.choose_models(models, preset), chosen, roots, reading), terms)
