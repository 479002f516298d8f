"""One stage of a tuning: a model learns from examples, step by step, and goes on from its last checkpoint."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec
import torch
from torch import Tensor

from reference_models.training.adapters import add_adapters
from reference_models.training.batches import BatchPlan, BatchSource, StepBatches
from reference_models.training.checkpoints import restore_checkpoint, save_checkpoint
from reference_models.training.examples import Example, Examples, read_left_out, write_left_out
from reference_models.training.flops import LayerCosts, peak_flops
from reference_models.training.memory import Precision
from reference_models.training.packing import to_device
from reference_models.training.processes import ONE_PROCESS, Processes
from reference_models.training.prompts import device_of
from reference_models.training.recipe import ProgressCallback, TrainingRecipe
from reference_models.training.sharding import ShardedModel
from reference_models.training.trainer import StepDone, Training, TrainingDiverged
from reference_models.training.whole_model import WholeModel
from vlitqa.contracts.models import ReferenceModel
from vlitqa.contracts.tools import Images
from vlitqa.errors import RunError
from vlitqa.results.tuning import TuningStep
from vlitqa.storage.atomic import replacing

CHECKPOINT, STEPS = "checkpoint.safetensors", "steps.jsonl"
_REPORT_SECONDS = 10.0
_LINES = msgspec.json.Decoder(TuningStep)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """A model, what it learns from, and how."""

    model: ReferenceModel
    parameters: Mapping[str, torch.nn.Parameter]
    """Those that are trained, by name."""
    examples: Examples
    images: Images
    recipe: TrainingRecipe
    plan: BatchPlan
    precision: Precision = "float32"
    checkpoint_seconds: float = 300.0
    processes: Processes = ONE_PROCESS

    def run(self, folder: Path, report_progress: ProgressCallback) -> list[TuningStep]:
        """Trains the parameters, with checkpoints in a folder; returns all steps, those before an interruption too."""
        self.model.module.train()
        placed = self.place_model()
        training = Training(placed.trained.values(), self.recipe, placed.precision, self.processes)
        checkpoint = folder / CHECKPOINT
        if checkpoint.is_file():
            restore_checkpoint(checkpoint, placed.trained, training)
            self.examples.leave_out(read_left_out(folder))
            report_progress(f"goes on after step {training.steps_done:,}")
        steps = _read_steps(folder)[: training.steps_done]
        saved = reported = time.monotonic()
        with closing(self.open_source(placed)) as source:
            for step in self._steps(training, placed, source):
                steps.append(step)
                now = time.monotonic()
                if now - reported > _REPORT_SECONDS or step.step == self.recipe.steps:
                    report_progress(self._line(steps))
                    reported = now
                is_due = now - saved > self.checkpoint_seconds and step.step < self.recipe.steps
                if self.processes.first_says(is_due):
                    if self.processes.is_first:
                        _write_steps(folder, steps)
                        write_left_out(folder, self.examples.left_out)
                    save_checkpoint(checkpoint, placed.trained, training)
                    saved = time.monotonic()
        placed.finish()
        self.model.module.eval()
        return steps

    def place_model(self) -> WholeModel | ShardedModel:
        """The model as this process trains it: all of it, or a part where there are several."""
        if self.processes.are_several:
            return ShardedModel(self.model, self.parameters, self.precision, self.processes)
        return WholeModel(self.model, self.parameters, self.precision)

    def open_source(self, placed: WholeModel | ShardedModel) -> BatchSource:
        """The batches of its steps."""
        return BatchSource(self.examples, placed.model, self.images, self.plan, self.processes)

    def _steps(
        self, training: Training, placed: WholeModel | ShardedModel, source: BatchSource
    ) -> Iterator[TuningStep]:
        current: list[StepBatches] = []

        def losses_of_step(step: int) -> Iterator[Tensor]:
            current[:] = [source.step(step)]
            placed.expect_pictures(expected=current[0].has_pictures)
            return current[0].losses(placed)

        costs = LayerCosts.of(self.model, self.parameters)
        started = time.monotonic()
        try:
            for done in training.steps(losses_of_step):
                yield _tuning_step(done, current[0], time.monotonic() - started, costs)
                started = time.monotonic()
        except TrainingDiverged as error:
            culprit = _culprit(current[0].examples, placed, source)
            raise RunError(error.message + culprit, repair=error.repair) from None
        except torch.cuda.OutOfMemoryError as error:
            message = f"the GPU has too little memory for {self.plan.tokens_at_once:,} tokens at once"
            raise RunError(message, repair="Write a smaller --tokens-at-once.") from error

    def _line(self, steps: Sequence[TuningStep]) -> str:
        """How far the tuning is, and how fast; by its last steps, because the first ones are slow."""
        recent = steps[-20:]
        seconds = sum(step.seconds for step in recent)
        loss = sum(step.loss for step in recent) / len(recent)
        tokens, targets = (sum(getattr(step, name) for step in recent) / seconds for name in ("tokens", "targets"))
        peak = (peak_flops() or 0) * self.processes.count
        used = f", {sum(step.flops for step in recent) / seconds / peak:.0%} of the GPU's peak" if peak else ""
        left = (self.recipe.steps - len(steps)) * seconds / len(recent)
        speed = f"{tokens:,.0f} tokens and {targets:,.0f} learned tokens a second{used}"
        return f"step {len(steps):,} of {self.recipe.steps:,}, loss {loss:.3f}, {speed}, {left:,.0f} s left"


def train_only(model: ReferenceModel, stage: str, *, adapter_rank: int = 0) -> dict[str, torch.nn.Parameter]:
    """Makes the parameters of a stage the only ones that are trained; returns them by name.

    Adapters, where they have a rank, are trained in the place of the language model.
    """
    model.module.train().requires_grad_(requires_grad=False)
    parameters = add_adapters(model, stage, adapter_rank) if adapter_rank else dict(model.trainable(stage))
    for parameter in parameters.values():
        parameter.requires_grad_()
    return parameters


@torch.no_grad()
def _culprit(examples: Sequence[Example], placed: WholeModel | ShardedModel, source: BatchSource) -> str:
    """The words that name the first row whose loss is no number; empty where no single row's is."""
    for example in examples:
        batch = to_device(source.batch_of(example), device_of(placed))
        if not torch.isfinite(placed.losses(batch)).all():
            return f": row {example.record.place.row}, line {example.record.place.line}"
    return ""


def _tuning_step(done: StepDone, batches: StepBatches, seconds: float, costs: LayerCosts) -> TuningStep:
    return TuningStep(
        done.step,
        done.loss,
        done.learning_rate,
        tokens=batches.tokens,
        targets=batches.targets,
        seconds=seconds,
        flops=costs.flops([len(example.document) for example in batches.examples]),
    )


def _read_steps(folder: Path) -> list[TuningStep]:
    path = folder / STEPS
    return _LINES.decode_lines(path.read_bytes()) if path.is_file() else []


def _write_steps(folder: Path, steps: Sequence[TuningStep]) -> None:
    with replacing(folder / STEPS) as file:
        file.write(msgspec.json.Encoder().encode_lines(steps))
