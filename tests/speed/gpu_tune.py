"""Tokens a second, strict MFU and memory of a tuning of LLaVA-7B's shape, beside the plain loop of transformers.

    python -m tests.speed.gpu_tune                      on one H200
    python -m tests.speed.gpu_tune --tokens-at-once 4096    on one H100
    python -m tests.speed.gpu_tune --shape tiny         on a processor, to try the script

The weights are random, the shapes and the pictures real: JPEG files of 640 by 480 that the loader decodes.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image

from reference_models.llava.configs import IMAGE_TOKEN, make_config, picture_side, published_parts, text_config
from reference_models.llava.model import ReferenceLlava
from reference_models.llava.presets import make_tiny_llava
from reference_models.llava.projector import PROJECTORS
from reference_models.training.attention import attend_within_documents
from reference_models.training.batches import BatchPlan, LoadedExample
from reference_models.training.devices import choose_device
from reference_models.training.examples import Examples, read_examples
from reference_models.training.flops import LayerCosts, peak_flops
from reference_models.training.memory import PRECISIONS, Precision
from reference_models.training.pictures import clip_scaler
from reference_models.training.precision import compute_in
from reference_models.training.recipe import TuningRecipe
from reference_models.training.tiny_parts import make_tiny_tokenizer
from reference_models.training.tuning import Tuning, train_only
from tests.speed.plain_loop import PlainLoop
from vlitqa.backends.image_folder import ImageFolder
from vlitqa.reader import open_dataset
from vlitqa.results.tuning import TuningStep
from vlitqa.shapes.datasets import records_of
from vlitqa.shapes.drawing import draw_scene
from vlitqa.shapes.scenes import scene_of

_WARM = 2
"""Steps that are not counted: kernels are chosen and memory is laid out in them."""


@dataclass(frozen=True, slots=True)
class Speed:
    """What one loop came to in its counted steps."""

    name: str
    tokens_a_second: float
    learned_a_second: float
    share_of_peak: float | None
    peak_memory: float
    """In GiB."""


def make_llava_7b(precision: Precision) -> ReferenceLlava:
    """A LLaVA-1.5-7B of random weights on the GPU."""
    tokenizer = make_tiny_tokenizer([IMAGE_TOKEN])
    vision, text = published_parts()
    numbers = torch.float32 if precision == "float32" else torch.bfloat16
    torch.set_default_dtype(numbers)
    with torch.device(choose_device()):
        network = PROJECTORS["mlp2x_gelu"](make_config(vision, text, tokenizer))
    torch.set_default_dtype(torch.float32)
    scaler = clip_scaler(picture_side(vision), "pad")
    return ReferenceLlava(network=network, tokenizer=tokenizer, scaler=scaler, template_name="vicuna_v1")


def write_rows(folder: Path, count: int) -> Path:
    """Dialogues about pictures, as a downloaded dataset has them."""
    rows = []
    for number, record in enumerate(records_of("guided", 0, count)):
        name = f"{number}.jpg"
        picture: Image.Image = draw_scene(scene_of(0, number), 640).crop((0, 80, 640, 560))
        picture.save(folder / name, quality=90)
        turns = [
            {"from": speaker, "value": f"<image>\n{text}" if not position and speaker == "human" else text}
            for position, turn in enumerate(record.turns)
            for speaker, text in (("human", turn.instruction or ""), ("gpt", turn.response or ""))
        ]
        rows.append({"id": str(number), "image": name, "conversations": turns})
    path = folder / "data.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def measure(name: str, run: Callable[[], list[TuningStep]]) -> Speed:
    """Runs a loop; counts its steps after the warm ones."""
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    steps = run()[_WARM:]
    seconds = sum(step.seconds for step in steps)
    tokens, learned = sum(step.tokens for step in steps), sum(step.targets for step in steps)
    peak = peak_flops()
    share = sum(step.flops for step in steps) / seconds / peak if peak else None
    memory = torch.cuda.max_memory_allocated() / 2**30 if torch.cuda.is_available() else 0.0
    return Speed(name, tokens / seconds, learned / seconds, share, memory)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A model, what it learns from, and how: the same for both loops."""

    model: ReferenceLlava
    examples: Examples
    images: ImageFolder
    plan: BatchPlan
    steps: int
    costs: LayerCosts

    def loaded(self, step: int) -> list[LoadedExample]:
        """The examples of a step in their order, with their pixels."""
        start = step * self.plan.batch_size
        side = self.model.picture_side
        return [
            LoadedExample(example, [self.model.pixels(self.images.look(example.record.images[0], side))])
            for example in self.examples.learnable[start : start + self.plan.batch_size]
        ]


def run_plainly(course: Course) -> list[TuningStep]:
    """The plain loop."""
    loop, done = PlainLoop(course.model), list[TuningStep]()
    longest = max(len(example.document) for example in course.examples.learnable)
    for number in range(course.steps):
        started = time.monotonic()
        loaded = course.loaded(number)
        loss = loop.step(loaded, max(1, course.plan.tokens_at_once // longest))
        documents = [example.example.document for example in loaded]
        lengths = [len(document) for document in documents]
        done.append(
            TuningStep(
                number + 1,
                loss,
                loop.learning_rate,
                tokens=sum(lengths),
                targets=sum(int(document.is_target.sum()) for document in documents),
                seconds=time.monotonic() - started,
                flops=course.costs.flops(lengths),
            )
        )
    return done


def compare_loops(options: argparse.Namespace) -> list[Speed]:
    """The plain loop, then ours, on the same examples and one model."""
    model = make_tiny_llava() if options.shape == "tiny" else make_llava_7b(options.precision)
    compute_in(options.precision, model.network)
    count = options.batch_size * options.steps
    recipe = TuningRecipe(batch_size=options.batch_size, learning_rate=1e-5).for_examples(count, seed=0)
    plan = BatchPlan(batch_size=options.batch_size, seed=0, tokens_at_once=options.tokens_at_once)
    with tempfile.TemporaryDirectory() as name:
        images = ImageFolder((name,))
        with open_dataset(write_rows(Path(name), count)).entries() as entries:
            examples = read_examples(entries, model, images)
        assert not examples.left_out, examples.left_out[0]
        parameters = train_only(model, "tuning")
        costs = LayerCosts.of(model, parameters)
        course = Course(model=model, examples=examples, images=images, plan=plan, steps=options.steps, costs=costs)
        plain = measure("plain transformers", lambda: run_plainly(course))
        attend_within_documents(text_config(model.network.config))
        tuning = Tuning(
            model=model,
            parameters=parameters,
            examples=examples,
            images=images,
            recipe=recipe,
            plan=plan,
            precision=options.precision,
        )
        ours = measure("vlitqa", lambda: tuning.run(Path(name), lambda line: print(line, flush=True)))
    return [plain, ours]


def main(arguments: list[str]) -> int:
    """Prints a table of both loops."""
    parser = argparse.ArgumentParser(prog="python -m tests.speed.gpu_tune", description=__doc__)
    parser.add_argument("--shape", choices=("7b", "tiny"), default="7b")
    parser.add_argument("--precision", choices=list(PRECISIONS), default="bfloat16")
    parser.add_argument("--tokens-at-once", type=int, default=8_192)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--steps", type=int, default=8)
    options = parser.parse_args(arguments)
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "processor"
    print(f"LLaVA {options.shape}, {options.precision}, {options.tokens_at_once:,} tokens at once, on {device}")
    print("| loop | tokens a second | learned tokens a second | strict MFU | memory |\n|---|---|---|---|---|")
    for speed in compare_loops(options):
        share = "unknown" if speed.share_of_peak is None else f"{speed.share_of_peak:.1%}"
        memory = f"{speed.peak_memory:.1f} GiB" if speed.peak_memory else "not measured"
        print(f"| {speed.name} | {speed.tokens_a_second:,.0f} | {speed.learned_a_second:,.0f} | {share} | {memory} |")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
