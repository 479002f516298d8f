"""Small tunings that one process and two can do: `torchrun -m tests.given.shared_tunings LOSSES.json`."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec import structs
from torch.nn import Dropout, Module

from reference_models.catalogue import choose_model
from reference_models.training.batches import BatchPlan
from reference_models.training.examples import read_examples
from reference_models.training.memory import Precision
from reference_models.training.precision import compute_in
from reference_models.training.processes import ONE_PROCESS, Processes, join_processes
from reference_models.training.recipe import OptimizerName, TuningRecipe
from reference_models.training.tuning import Tuning, train_only
from tests.given.tiny_dialogues import dialogue
from vlitqa.backends.image_folder import ImageFolder
from vlitqa.reader import open_dataset
from vlitqa.records import Record

SHAPES = Path(__file__).resolve().parents[2] / "examples" / "shapes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A tuning of a tiny model."""

    model: str = "llava"
    stage: str = "tuning"
    batch_size: int = 2
    adapter_rank: int = 0
    precision: Precision = "float32"
    optimizer: OptimizerName = "adamw"


CASES = {
    "llava": Case(adapter_rank=4),
    "mixed": Case(precision="mixed"),
    "muon": Case(optimizer="muon", batch_size=1),
    "alignment": Case(stage="alignment"),
    "blip2": Case(model="blip2"),
    "openflamingo": Case(model="openflamingo", batch_size=3),
}


def losses_of_case(name: str, folder: Path, processes: Processes = ONE_PROCESS) -> list[float]:
    """The losses of a few steps, some of whose rows have no picture."""
    case = CASES[name]
    model = choose_model(case.model, "tiny").open()
    images = ImageFolder((str(SHAPES), str(SHAPES / "images")))
    with open_dataset(SHAPES / "dataset.jsonl").entries() as entries:
        records = [entry for entry, _ in zip(entries, range(5), strict=False) if isinstance(entry, Record)]
    texts = [
        structs.replace(dialogue(("What is it?", answer), images=0), place=record.place)
        for answer, record in zip(("dark", "rather light", "a square"), records, strict=False)
    ]
    examples = read_examples([*texts, *records], model, images)
    parameters = train_only(model, case.stage, adapter_rank=case.adapter_rank)
    compute_in(case.precision, model.module)
    _turn_dropout_off(model.module)
    recipe = TuningRecipe(
        batch_size=case.batch_size, learning_rate=1e-3, optimizer=case.optimizer, weight_decay=0.05
    ).for_examples(len(examples.learnable), seed=0)
    tuning = Tuning(
        model=model,
        parameters=parameters,
        examples=examples,
        images=images,
        recipe=recipe,
        plan=BatchPlan(batch_size=case.batch_size, seed=0),
        precision=case.precision,
        processes=processes,
    )
    folder.mkdir(exist_ok=True)
    return [step.loss for step in tuning.run(folder, list[str]().append)]


def _turn_dropout_off(module: Module) -> None:
    """Two processes draw other random numbers than one."""
    for part in module.modules():
        if isinstance(getattr(part, "dropout", None), float):
            part.dropout = 0.0  # type: ignore[assignment]
        if isinstance(part, Dropout):
            part.p = 0.0


def _main(target: Path) -> None:
    with join_processes() as processes, tempfile.TemporaryDirectory() as folder:
        losses = {name: losses_of_case(name, Path(folder), processes) for name in CASES}
        if processes.is_first:
            target.write_bytes(msgspec.json.encode(losses))


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
