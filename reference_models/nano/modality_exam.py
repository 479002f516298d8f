"""`python -m reference_models.nano.modality_exam`: is what was learned on captions of pictures known of other inputs?

The nano ImageBind-LLM has seen pictures with captions, and no text beside a depth map or a sound. Of four captions of a
scene, three of which are wrong in the shape, the colour or the place of one thing, it chooses the most probable one.
A depth map tells no colour, and tones tell no shape.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from reference_models.catalogue import choose_model
from reference_models.imagebind_llm.encoder_shapes import Modality
from reference_models.imagebind_llm.mixing import mix_features
from reference_models.imagebind_llm.model import ImageBindLlm
from reference_models.imagebind_llm.visual_cache import VisualCache
from reference_models.nano.bound_encoders import render_modality
from reference_models.nano.training_scenes import HELD_OUT_SEED, training_scenes
from vlitqa.algorithms.intervals import share_interval
from vlitqa.contracts.models import Prompt
from vlitqa.records import Record, Turn
from vlitqa.shapes.annotations import caption_of
from vlitqa.shapes.datasets import CAPTION_TEMPLATES
from vlitqa.shapes.scenes import COLOURS, MOST_THINGS, PLACES, SHAPES, Scene, Thing, scene_of

CAPTION_ATTRIBUTES = ("shape", "colour", "place")
CHOICES = 4
_CACHED_PICTURES = 4_096
_BATCH = 64


@dataclass(frozen=True, slots=True)
class Condition:
    """What the model is given of a scene."""

    modalities: tuple[Modality, ...]
    is_cached: bool = False
    """True where the visual cache brings it closer to pictures."""

    @property
    def name(self) -> str:
        """Its row in the table."""
        inputs = " and ".join(self.modalities) or "nothing"
        return f"{inputs}, visual cache" if self.is_cached else inputs


CONDITIONS = (
    Condition(()),
    Condition(("vision",)),
    *(
        Condition(modalities, is_cached)
        for modalities in (("depth",), ("audio",), ("depth", "audio"))
        for is_cached in (False, True)
    ),
)


def changed_scenes(scene: Scene, attribute: str, dice: random.Random) -> list[Scene]:
    """Three scenes that differ from one in an attribute of one thing alone."""
    number = dice.randrange(len(scene.things))
    names = {thing.name for thing in scene.things}
    taken = {thing.place for thing in scene.things} | ({scene.sign.place} if scene.sign else set())
    possible = [
        thing
        for thing in _changes(scene.things[number], attribute)
        if (thing.place not in taken if attribute == "place" else thing.name not in names)
    ]
    return [
        replace(scene, things=(*scene.things[:number], thing, *scene.things[number + 1 :]))
        for thing in dice.sample(possible, CHOICES - 1)
    ]


def right_by_attribute(model: ImageBindLlm, condition: Condition, count: int) -> Mapping[str, int]:
    """The number of scenes, of so many, whose caption is chosen, by the attribute in which others are wrong."""
    right = dict.fromkeys(CAPTION_ATTRIBUTES, 0)
    for number, scene in enumerate(exam_scenes(count)):
        dice = random.Random(f"{HELD_OUT_SEED} modalities {number}")
        captions = {attribute: changed_scenes(scene, attribute, dice) for attribute in CAPTION_ATTRIBUTES}
        asked = _given(model, condition, scene)
        options = [caption_of(other) for others in captions.values() for other in (scene, *others)]
        (ranks,) = asked.rank([Prompt(Record((Turn(CAPTION_TEMPLATES[0], None),)))], [options])
        means = [rank.log_probability / rank.tokens for rank in ranks]
        for place, attribute in enumerate(CAPTION_ATTRIBUTES):
            chosen = means[place * CHOICES : (place + 1) * CHOICES]
            right[attribute] += chosen[0] == max(chosen)
    return right


def exam_scenes(count: int) -> list[Scene]:
    """Scenes that no model has learned from, in which no things meet, and three places are free."""
    scenes = (scene_of(HELD_OUT_SEED, number) for number in range(4 * count + 100))
    return [scene for scene in scenes if scene.contact is None and len(scene.things) < MOST_THINGS][:count]


def cache_of_training_pictures(model: ImageBindLlm, count: int = _CACHED_PICTURES) -> VisualCache:
    """A visual cache of pictures that the encoder has learned from."""

    def parts() -> Iterator[Tensor]:
        for step in range(count // _BATCH):
            yield model.network.encoders.embed("vision", render_modality("vision", training_scenes(step, _BATCH)))

    with torch.no_grad():
        return VisualCache((part.float().cpu().numpy() for part in parts()), model.network.encoder_shape.embedding)


def main(arguments: Sequence[str]) -> int:
    """Writes a row for each condition: the shares of right choices, and whether all of their intervals beat chance."""
    parser = argparse.ArgumentParser(prog="python -m reference_models.nano.modality_exam", description=__doc__)
    parser.add_argument("--scenes", type=int, default=150)
    parser.add_argument("--source", default="nano", help="preset or folder")
    options = parser.parse_args(arguments)
    model = choose_model("imagebind_llm", options.source).open()
    assert isinstance(model, ImageBindLlm)
    cache = cache_of_training_pictures(model)
    sys.stdout.write(
        f"| given | {' | '.join(CAPTION_ATTRIBUTES)} | mean |\n{'|---' * (len(CAPTION_ATTRIBUTES) + 2)}|\n"
    )
    for condition in CONDITIONS:
        asked = replace(model, visual_cache=cache) if condition.is_cached else model
        right = right_by_attribute(asked, condition, options.scenes)
        shares = [_share(number, options.scenes) for number in right.values()]
        mean = sum(right.values()) / len(right) / options.scenes
        sys.stdout.write(f"| {condition.name} | {' | '.join(shares)} | {mean:.2f} |\n")
        sys.stdout.flush()
    return 0


@torch.no_grad()
def _given(model: ImageBindLlm, condition: Condition, scene: Scene) -> ImageBindLlm:
    """The model with what it is given of a scene, in equal shares."""
    embed, modalities = model.network.encoders.embed, condition.modalities
    features = [embed(modality, render_modality(modality, [scene]))[0] for modality in modalities]
    return model.about(mix_features(features, [1.0] * len(features))) if features else model


def _share(right: int, count: int) -> str:
    """A share, with a star where its interval lies above chance."""
    interval = share_interval(right, count)
    return f"{right / count:.2f}{'*' if interval and interval[0] > 1 / CHOICES else ''}"


def _changes(thing: Thing, attribute: str) -> Iterator[Thing]:
    """The thing with every other value of an attribute."""
    if attribute == "shape":
        yield from (replace(thing, shape=shape) for shape in SHAPES if shape != thing.shape)
    elif attribute == "colour":
        yield from (replace(thing, colour=colour) for colour in COLOURS if colour != thing.colour)
    else:
        cells = (cell for cell, place in enumerate(PLACES) if place != thing.place)
        yield from (replace(thing, x=(cell % 3 + 0.5) / 3, y=(cell // 3 + 0.5) / 3) for cell in cells)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
