"""`python -m reference_models.nano.drawing_exam`: are the pictures that MIM draws those that were asked for?

The nano MIM learns to draw by each of the three mediums, from the same requests. It is then asked to draw scenes that
no model has learned from, by their captions; the nano judge, which answers nearly all questions about the real pictures
right, says of four names of a colour and a shape which one is in the picture that was drawn.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import partial

import torch

from reference_models.catalogue import choose_model
from reference_models.mim.mediums import RUNS, Medium
from reference_models.mim.model import Mim
from reference_models.mim.painter import DiffusionPainter, load_painter
from reference_models.mim.variants import draw_by_states
from reference_models.nano.alignment import align
from reference_models.nano.figures import DRAWN_DIMENSION, grey_picture, held_out_picture, mark_answers, paint_caption
from reference_models.nano.training_scenes import HELD_OUT_SEED, TRAINING_SEED
from reference_models.training.devices import move_to_device
from reference_models.training.recipe import TrainingRecipe
from reference_models.training.tuning import train_only
from vlitqa.algorithms.intervals import share_interval
from vlitqa.backends.judges.local import LlavaJudge
from vlitqa.contracts.conversations import DrawnPicture
from vlitqa.contracts.models import Prompt
from vlitqa.contracts.tools import Picture
from vlitqa.records import Record, Turn
from vlitqa.shapes.annotations import caption_of
from vlitqa.shapes.picture_requests import request_record
from vlitqa.shapes.scenes import scene_of

_LONGEST = 24
"""Tokens of the words beside a picture."""


def learn_to_draw(model: Mim, medium: Medium, painter: DiffusionPainter, recipe: TrainingRecipe) -> Mim:
    """The model, tuned to draw by a medium on requests about scenes of the training."""
    learner = model if medium == "words" else draw_by_states(model, medium, painter)
    move_to_device(learner.network)
    trained = train_only(learner, "tuning").values()
    align(learner, trained, recipe, _report, lambda number: request_record(TRAINING_SEED, number))
    return learner


def draw_caption(model: Mim, painter: DiffusionPainter, scene_number: int) -> Picture:
    """The first picture of the reply to a request for a held-out scene; a grey one where none is drawn."""
    request = f"Draw this: {caption_of(scene_of(HELD_OUT_SEED, scene_number))}"
    parts = model.reply(Prompt(Record((Turn(request, None),))), painter, longest=_LONGEST, pictures=1)
    return next((part.picture for part in parts if isinstance(part, DrawnPicture)), grey_picture(scene_number))


def main(arguments: Sequence[str]) -> int:
    """Writes a row for each way to a picture: the share of questions about it that are answered right."""
    parser = argparse.ArgumentParser(prog="python -m reference_models.nano.drawing_exam", description=__doc__)
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--mediums", nargs="*", choices=RUNS, default=list(RUNS))
    parser.add_argument("--painter", default="nano", help="preset or folder")
    options = parser.parse_args(arguments)
    torch.manual_seed(0)
    painter, judge = load_painter(options.painter), LlavaJudge.of("vlitqa/nano-judge").open()
    recipe = TrainingRecipe(steps=options.steps, batch_size=8, learning_rate=3e-3)
    sys.stdout.write("| picture | right | 95 % |\n|---|---|---|\n")

    def write_row(name: str, picture_of: Callable[[int], Picture]) -> None:
        right = sum(mark_answers(judge, DRAWN_DIMENSION, options.questions, picture_of))
        low, high = share_interval(right, options.questions) or (0, 1)
        sys.stdout.write(f"| {name} | {right / options.questions:.2f} | {low:.2f} to {high:.2f} |\n")
        sys.stdout.flush()

    write_row("none (grey)", grey_picture)
    write_row("of the scene itself", held_out_picture)
    write_row("painted by the caption", partial(paint_caption, painter))
    for medium in options.mediums:
        model = choose_model("mim", "nano").open()
        assert isinstance(model, Mim)
        drawer = learn_to_draw(model, medium, painter, recipe)
        write_row(f"drawn by MIM, medium: {medium}", partial(draw_caption, drawer, painter))
    return 0


def _report(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
