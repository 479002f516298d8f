"""`vlitqa tune`: a reference model learns from a dataset."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vlitqa.api import choices
from vlitqa.cli import options
from vlitqa.cli.option_groups import ReadingOptions
from vlitqa.cli.several_processes import first_speaks
from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from reference_models.catalogue import ModelChoice
    from reference_models.training.recipe import TuningRecipe
    from reference_models.training.tuning_job import Computing, TuningJob, TuningRequest
    from vlitqa.reader import Reading

_Data = Annotated[Path, typer.Option("--data", help="Dataset file, as `vlitqa check` reads it.")]
_Model = Annotated[
    str,
    typer.Option(
        "--model", help="llava, blip2, openflamingo, mim or imagebind_llm: `vlitqa catalogue reference-models`."
    ),
]
_Preset = Annotated[
    str,
    typer.Option(
        "--preset",
        help="Where the model begins: paper (the published checkpoint), nano (a small one that knows drawn shapes and "
        "comes with vlitqa), tiny (random weights, to try a command), the path of a folder, or a name of the hub.",
    ),
]
_Stage = Annotated[str, typer.Option("--stage", help="tuning, or alignment: the projector alone, on captions.")]
_Epochs = Annotated[float | None, typer.Option("--epochs", min=0.0, help="Default: as the preset's recipe says.")]
_BatchSize = Annotated[
    int | None, typer.Option("--batch-size", min=1, help="Rows of a step. Default: as the preset's recipe says.")
]
_Rate = Annotated[
    float | None, typer.Option("--learning-rate", min=0.0, help="The highest. Default: as the preset's recipe says.")
]
_TokensAtOnce = Annotated[
    int, typer.Option("--tokens-at-once", min=1, help="Tokens that are computed together; fewer need less memory.")
]
_Lora = Annotated[
    int,
    typer.Option(
        "--lora",
        min=0,
        help="Rank of low-rank adapters that learn in the place of the language model and are merged into it at the "
        "end, at ten times the learning rate. Default: the language model learns in full.",
    ),
]
_Recompute = Annotated[
    bool, typer.Option("--recompute", help="Less memory for more time: activations are computed twice.")
]
_PrecisionName = Annotated[
    str,
    typer.Option(
        "--precision",
        help="float32; mixed: computed in bfloat16, learned in float32; or bfloat16: all in it, for the least memory. "
        "Default: mixed on a GPU, float32 on a processor.",
    ),
]
_CheckpointMinutes = Annotated[
    float, typer.Option("--checkpoint-minutes", min=0.0, help="Minutes from one checkpoint to the next.")
]
_Output = Annotated[Path, typer.Option("--output", "-o", help="Folder of all tunings.")]
_DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be trained, in which memory and time, and stop.")
]


def tune(  # noqa: PLR0913 - one argument for each option
    *,
    data: _Data,
    model: _Model = "llava",
    preset: _Preset = "paper",
    stage: _Stage = "tuning",
    epochs: _Epochs = None,
    batch_size: _BatchSize = None,
    learning_rate: _Rate = None,
    tokens_at_once: _TokensAtOnce = 8_192,
    lora: _Lora = 0,
    recompute: _Recompute = False,
    precision: _PrecisionName = "",
    checkpoint_minutes: _CheckpointMinutes = 5.0,
    reader: ReadingOptions,
    image_root: options.ImageRootOption = None,
    limit: options.LimitOption = None,
    seed: options.SeedOption = 0,
    output: _Output = Path("runs"),
    dry_run: _DryRun = False,
    json: options.JsonOption = False,
) -> None:
    """Tune a reference model on a dataset; repeat the command to go on after an interruption.

    On several GPUs: torchrun --standalone --nproc-per-node 8 -m vlitqa tune …
    """
    with first_speaks():
        choice = _choose(model, preset)
        recipe = _recipe(choice, lora, epochs=epochs, batch_size=batch_size, learning_rate=learning_rate)
        from reference_models.training.tuning_job import TuningRequest  # takes seconds: it loads torch

        computing = _computing(precision, tokens_at_once, 60 * checkpoint_minutes, recomputes=recompute)
        roots, reading = choices.check_image_roots(image_root), reader.reading()
        request = TuningRequest(
            choice=choice, stage=stage, recipe=recipe, computing=computing, image_roots=roots, limit=limit, seed=seed
        )
        _share_out(request, data, reading, _Ending(output, dry_run=dry_run, json=json))


@dataclass(frozen=True, slots=True)
class _Ending:
    """Where a tuning goes, and how it is told."""

    output: Path
    dry_run: bool
    json: bool


def _share_out(request: TuningRequest, data: Path, reading: Reading, ending: _Ending) -> None:
    """Tunes with all processes that `torchrun` started, if it did."""
    from reference_models.training.processes import join_processes
    from reference_models.training.tuning_job import prepare_tuning
    from vlitqa.reader import open_dataset

    with join_processes() as processes:
        job = prepare_tuning(open_dataset(data, reading), replace(request, processes=processes))
        if processes.is_first:
            _carry_out(job, ending)
        elif ending.dry_run:
            list(job.cost())
        else:
            job.assist()


def _carry_out(job: TuningJob, ending: _Ending) -> None:
    from reports.quality import REPORT
    from reports.tuning import write_tuning_page
    from vlitqa.cli import screen

    _tell_plan(job)
    if ending.dry_run:
        _show_costs(job)
        return
    folder, result = job.run(ending.output, time.strftime("%Y%m%d"), screen.tell)
    screen.tell(f"Page: {write_tuning_page(result, folder / REPORT)}")
    if ending.json:
        screen.show_json(result)
        return
    first, last = result.steps[0].loss, result.steps[-1].loss
    screen.show_text(f"{folder / 'model'}: loss {first:.3f} at first, {last:.3f} at last.")


def _choose(model: str, preset: str) -> ModelChoice:
    from reference_models.catalogue import choose_model

    return choose_model(model, preset)


def _recipe(choice: ModelChoice, lora: int, **changes: float | None) -> TuningRecipe:
    """The recipe of the preset with what the user changed."""
    if changes["epochs"] == 0 or changes["learning_rate"] == 0:
        raise UsageError("Nothing would be learned.", repair="Write --epochs and --learning-rate above 0.")
    wanted: dict[str, Any] = {name: value for name, value in changes.items() if value is not None}
    return replace(choice.recipe().with_adapters(lora), **wanted)


def _computing(precision: str, tokens_at_once: int, checkpoint_seconds: float, *, recomputes: bool) -> Computing:
    from reference_models.training.precision import choose_precision
    from reference_models.training.tuning_job import Computing

    return Computing(
        precision=choose_precision(precision),
        tokens_at_once=tokens_at_once,
        checkpoint_seconds=checkpoint_seconds,
        recomputes=recomputes,
    )


def _tell_plan(job: TuningJob) -> None:
    from vlitqa.cli.screen import tell

    tell(f"{job.request.choice.name} {job.request.choice.source}, stage {job.request.stage}: {job.description()}")
    for reason in job.reasons_left_out():
        tell(reason)


def _show_costs(job: TuningJob) -> None:
    from vlitqa.cli.screen import show_text

    for line in job.cost():
        show_text(line)
