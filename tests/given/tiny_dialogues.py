"""Dialogues and pictures for tiny reference models."""

from __future__ import annotations

import numpy as np

from vlitqa.contracts.models import Prompt
from vlitqa.contracts.tools import Picture
from vlitqa.records import ImageRef, Record, Turn

BLACK, WHITE = 0, 255


def plain_picture(value: int) -> Picture:
    """A picture of one shade."""
    pixels = np.full((48, 64, 3), value, np.uint8)
    return Picture(width=64, height=48, format="PNG", frames=1, digest=str(value), pixels=pixels)


def dialogue(*turns: tuple[str, str], images: int = 1) -> Record:
    """A record of several turns, the first of which shows so many images before its words."""
    first, *others = [Turn(instruction, response) for instruction, response in turns]
    first = Turn(first.instruction, first.response, tuple(range(images)))
    return Record((first, *others), tuple(ImageRef(f"{number}.png") for number in range(images)))


ONE_IMAGE = dialogue(("What is it?", "It is dark."), ("Really?", "Yes — 漢字 🎈."))
TWO_IMAGES = Record(
    (Turn("Compare  and .", "Both are grey.", (0, 1), (), (8, 13)),), (ImageRef("0.png"), ImageRef("1.png"))
)
NO_IMAGE = dialogue(("Hello!", "Hi."), images=0)
RECORDS = (ONE_IMAGE, TWO_IMAGES, NO_IMAGE)


def prompt_of(value: int, instruction: str = "What is it?") -> Prompt:
    """A question about a plain picture."""
    record = Record((Turn(instruction, None, (0,)),), (ImageRef("0.png"),))
    return Prompt(record, (plain_picture(value),))
