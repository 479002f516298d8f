"""Records, pictures and weights that the tests of BLIP-2 begin with."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import Module

from vlitqa.contracts.models import Prompt
from vlitqa.contracts.tools import Picture
from vlitqa.records import ImageRef, Record, Turn

SIDE = 56


def grey_picture(grey: int) -> Picture:
    """A picture of one grey, 0 to 255."""
    pixels = np.full((SIDE, SIDE, 3), grey, np.uint8)  # (side, side, 3)
    return Picture(width=SIDE, height=SIDE, format="PNG", frames=1, digest=f"{grey:016x}", pixels=pixels)


def record_of(*turns: Turn, system: str | None = None) -> Record:
    """A record with all images that its turns name."""
    count = max([image + 1 for turn in turns for image in turn.instruction_images], default=0)
    return Record(turns=turns, images=tuple(ImageRef(f"{number}.png") for number in range(count)), system=system)


def asked(question: str, response: str | None, *images: int) -> Record:
    """A record of one turn, its images before its question."""
    return record_of(Turn(question, response, images))


def prompt_of(record: Record, *greys: int) -> Prompt:
    """A prompt with pictures of these greys."""
    return Prompt(record, tuple(map(grey_picture, greys)))


def scattered_pixels(images: int) -> Tensor:
    """Pixels between -1.5 and 1.5, the same on every machine.  # (images, 3, side, side)"""
    return scattered_values(0, images * 3 * SIDE * SIDE).mul(3).reshape(images, 3, SIDE, SIDE)


@torch.no_grad()
def fill_with_scattered_values(network: Module) -> None:
    """Gives every weight a value, the same on every machine; a tower of LAVIS has no bias of keys."""
    for number, (name, parameter) in enumerate(sorted(network.named_parameters()), 1):
        is_scale = "norm" in name.lower() and name.endswith("weight")
        values = scattered_values(number, parameter.numel()).reshape(parameter.shape) * 0.5
        parameter.copy_(values + 1 if is_scale else values)
        if name.startswith("vision_model.") and name.endswith("qkv.bias"):
            width = len(parameter) // 3
            parameter[width : 2 * width] = 0


def scattered_values(seed: int, count: int) -> Tensor:
    """Numbers between -0.5 and 0.5 from a hash of their places in whole numbers.  # (count,)"""
    value = (torch.arange(count) * 1_103_515_245 + seed * 12_345_677) & 0x7FFFFFFF  # (count,)
    for shift, factor in ((13, 1_274_126_177), (16, 668_265_263)):
        value = ((value ^ (value >> shift)) * factor) & 0x7FFFFFFF  # (count,)
    return (value ^ (value >> 15)).double().div(2**31).sub(0.5).float()  # (count,)
