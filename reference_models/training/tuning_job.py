"""A tuning as a user asks for it: a model, a dataset and a recipe become a folder with the tuned model."""

from __future__ import annotations

import os
import platform
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import torch

from reference_models.catalogue import ModelChoice
from reference_models.training.batches import BatchPlan
from reference_models.training.costs import describe_costs
from reference_models.training.devices import choose_device, move_to_device
from reference_models.training.examples import Examples, draw_records, read_examples, write_left_out
from reference_models.training.fingerprints import digest_of_weights
from reference_models.training.folder import finish_folder, open_folder, read_result, tuning_digest
from reference_models.training.memory import Precision
from reference_models.training.precision import compute_in
from reference_models.training.processes import ONE_PROCESS, Processes
from reference_models.training.recipe import ProgressCallback, TrainingRecipe, TuningRecipe
from reference_models.training.recomputation import recompute_layers
from reference_models.training.samples import answer_samples, choose_samples, first_prompt
from reference_models.training.tuning import Tuning, train_only
from vlitqa import __version__
from vlitqa.backends.image_folder import ImageFolder
from vlitqa.backends.toolbox import image_roots_of, spelled_image_roots
from vlitqa.catalogue import suggestion
from vlitqa.contracts.models import ReferenceModel
from vlitqa.contracts.tools import Images
from vlitqa.errors import DatasetError, UsageError
from vlitqa.reader import Dataset
from vlitqa.records import Reject
from vlitqa.results.tuning import SampleAnswers, TuningResult, TuningStep
from vlitqa.storage.places import spell_path

_NAMED_ROWS = 3
"""Rows that are named for each reason why some were left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Computing:
    """How a tuning is computed: what it needs, and not what is learned."""

    tokens_at_once: int = 8_192
    recomputes: bool = False
    """Less memory for more time: layers are computed again when they are differentiated."""
    precision: Precision = "float32"
    checkpoint_seconds: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningRequest:
    """What a user asks for."""

    choice: ModelChoice
    stage: str
    recipe: TuningRecipe
    computing: Computing = Computing()
    image_roots: tuple[Path, ...] = ()
    limit: int | None = None
    draw: int | None = None
    """Number of records that are drawn at random, always the same ones; None takes all."""
    seed: int = 0
    processes: Processes = ONE_PROCESS


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningJob:
    """A request whose model is open and whose dataset is read."""

    request: TuningRequest
    dataset: Dataset
    model: ReferenceModel
    fingerprint: str
    examples: Examples
    tuning: Tuning

    def description(self) -> str:
        """One line: examples, steps, and what is trained."""
        recipe, count = self.tuning.recipe, len(self.examples.learnable)
        return (
            f"{count:,} examples, {recipe.steps:,} steps of {recipe.batch_size:,}, {self._trained:,} parameters trained"
        )

    @property
    def _trained(self) -> int:
        return sum(parameter.numel() for parameter in self.tuning.parameters.values())

    def reasons_left_out(self) -> Iterator[str]:
        """A line for each reason why rows were left out, with the first of them."""
        by_reason: dict[str, list[Reject]] = {}
        for reject in self.examples.left_out:
            by_reason.setdefault(reject.code, []).append(reject)
        for code, rejects in by_reason.items():
            named = ", ".join(f"line {reject.place.line or reject.place.row + 1}" for reject in rejects[:_NAMED_ROWS])
            more = ", …" if len(rejects) > _NAMED_ROWS else ""
            yield f"left out, {code}: {len(rejects):,} ({named}{more}; {rejects[0].reason})"

    def cost(self) -> Iterator[str]:
        """The memory and the time that the tuning would take, from one step that is computed and not taken."""
        return describe_costs(self.tuning)

    def run(self, output: Path, date: str, report_progress: ProgressCallback) -> tuple[Path, TuningResult]:
        """Tunes the model in its folder, or finds it tuned there already."""
        name = f"tune-{self.request.choice.name}-{self.dataset.path.name.partition('.')[0]}"
        with open_folder(output, name, self._digest(), date) as folder:
            result = read_result(folder)
            if result is None:
                result = self._tune(folder, report_progress)
            else:
                self.request.processes.hear_first()
                report_progress(f"{folder}: tuned already")
        return folder, result

    def assist(self) -> None:
        """Computes what the first process, which runs the job, gives to this one."""
        folder = self.request.processes.hear_first()
        if folder:
            self.tuning.run(Path(os.fsdecode(folder)), _say_nothing)

    def _tune(self, folder: Path, report_progress: ProgressCallback) -> TuningResult:
        started = time.monotonic()
        samples = choose_samples(self.examples, self.request.seed)
        before = answer_samples(self.model, samples, self.tuning.images)
        self.request.processes.hear_first(os.fsencode(folder.absolute()))
        steps = self.tuning.run(folder, report_progress)
        after = answer_samples(self.model, samples, self.tuning.images)
        write_left_out(folder, self.examples.left_out)
        answers = [
            SampleAnswers(
                example.record.place.row,
                first_prompt(example.record).turns[0].instruction or "",
                example.record.turns[0].response or "",
                earlier,
                later,
            )
            for example, earlier, later in zip(samples, before, after, strict=True)
        ]
        result = self._result(steps, answers, time.monotonic() - started)
        finish_folder(folder, self.model, result)
        return result

    def _result(self, steps: list[TuningStep], samples: list[SampleAnswers], seconds: float) -> TuningResult:
        return TuningResult(
            model=self.request.choice.name,
            source=self.request.choice.source,
            fingerprint=self.fingerprint,
            stage=self.request.stage,
            dataset=self.dataset.path.name,
            dataset_digest=self.dataset.sha256,
            recipe={**asdict(self.request.recipe), "precision": self.request.computing.precision},
            seed=self.request.seed,
            trained_parameters=self._trained,
            parameters=sum(parameter.numel() for parameter in self.model.module.parameters()),
            examples=len(self.examples.learnable),
            left_out=dict(Counter(reject.code for reject in self.examples.left_out)),
            steps=tuple(steps),
            samples=tuple(samples),
            seconds=seconds,
            device=torch.cuda.get_device_name() if choose_device() == "cuda" else platform.machine(),
            version=__version__,
        )

    def _digest(self) -> str:
        return tuning_digest(
            {
                "model": self.request.choice.name,
                "fingerprint": self.fingerprint,
                "stage": self.request.stage,
                "dataset": self.dataset.sha256,
                "images": spell_path(str(self.dataset.reading.images or "")),
                "image_roots": spelled_image_roots(self.dataset.home, self.request.image_roots),
                "recipe": asdict(self.request.recipe),
                "precision": self.request.computing.precision,
                "limit": self.request.limit,
                **({} if self.request.draw is None else {"draw": self.request.draw}),
                "seed": self.request.seed,
                "version": __version__,
            }
        )


def prepare_tuning(dataset: Dataset, request: TuningRequest) -> TuningJob:
    """Opens the model and reads the dataset; raises an error where nothing could be learned."""
    model = request.choice.open()
    if request.stage not in model.stages:
        raise UsageError(
            f"{request.choice.name} has no stage {request.stage!r}.", repair=suggestion(request.stage, model.stages)
        )
    if request.recipe.optimizer == "muon" and request.computing.precision == "bfloat16":
        message = f"The recipe of {request.choice.source} is learned by Muon, which needs single precision."
        raise UsageError(message, repair="Write --precision mixed, or float32.")
    images = ImageFolder(tuple(map(str, image_roots_of(dataset.home, request.image_roots))))
    with dataset.entries() as entries:
        drawn = draw_records(islice(entries, request.limit), dataset, request.draw)
        examples = read_examples(drawn, model, images)
    if not examples.learnable:
        first = f": {examples.left_out[0].reason}" if examples.left_out else ""
        message = f"{dataset.path} has no row that {request.choice.name} can learn from{first}"
        raise DatasetError(message, repair="`vlitqa check` says what its rows lack.")
    fingerprint = digest_of_weights(model)
    return TuningJob(
        request=request,
        dataset=dataset,
        model=model,
        fingerprint=fingerprint,
        examples=examples,
        tuning=_plan_tuning(request, model, examples, images),
    )


def _plan_tuning(request: TuningRequest, model: ReferenceModel, examples: Examples, images: Images) -> Tuning:
    """The tuning of a model that now has the numbers, the device and the layers that it is computed with."""
    computing = request.computing
    recipe: TrainingRecipe = request.recipe.for_examples(len(examples.learnable), request.seed)
    parameters = train_only(model, request.stage, adapter_rank=request.recipe.adapter_rank)
    compute_in(computing.precision, model.module)
    if computing.recomputes:
        recompute_layers(model)
    if request.processes.is_first:  # which answers alone; of the others every layer is moved when it is sharded
        move_to_device(model.module)
    return Tuning(
        model=model,
        parameters=parameters,
        examples=examples,
        images=images,
        recipe=recipe,
        plan=BatchPlan(batch_size=recipe.batch_size, seed=request.seed, tokens_at_once=computing.tokens_at_once),
        precision=computing.precision,
        checkpoint_seconds=computing.checkpoint_seconds,
        processes=request.processes,
    )


def _say_nothing(_line: str) -> None:
    """The first process tells how far the tuning is."""
