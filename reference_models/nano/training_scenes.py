"""The scenes that nano models learn from; all other scenes are held out."""

from __future__ import annotations

from vlitqa.shapes.scenes import Scene, scene_of

TRAINING_SEED = 20_000
"""The seed of these scenes; scenes of any other seed are held out."""
HELD_OUT_SEED = 1
"""The seed of scenes that no model has learned from."""


def training_numbers(step: int, batch_size: int) -> range:
    """The numbers of the scenes in the batch of a step; batches of one size never share a scene."""
    return range(step * batch_size, (step + 1) * batch_size)


def training_scenes(step: int, batch_size: int) -> list[Scene]:
    """The scenes in the batch of a step."""
    return [scene_of(TRAINING_SEED, number) for number in training_numbers(step, batch_size)]
