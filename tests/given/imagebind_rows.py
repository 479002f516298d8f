"""Tiny ImageBind-LLMs with open gates, batches of records for them, and prompts."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from reference_models.imagebind_llm.injection import InjectionForm
from reference_models.imagebind_llm.model import ImageBindLlm
from reference_models.imagebind_llm.presets import make_tiny_imagebind_llm
from reference_models.training.packing import batch_rows
from tests.given.bound_llamas import open_gates
from tests.given.tiny_dialogues import BLACK, NO_IMAGE, ONE_IMAGE, TWO_IMAGES, WHITE, plain_picture, prompt_of
from vlitqa.contracts.models import PackedBatch, Prompt
from vlitqa.records import Record, Turn

Rows = Sequence[Sequence[tuple[Record, tuple[int, ...]]]]
"""Of each row the records, with the shades of their images."""
BOTH, ONE, NONE = (TWO_IMAGES, (90, WHITE)), (ONE_IMAGE, (BLACK,)), (NO_IMAGE, ())
TWO_TURN = Turn("Compare  and .", None, (0, 1), (), (8, 13))
PROMPTS = [
    prompt_of(BLACK),
    prompt_of(WHITE),
    prompt_of(BLACK, "Which shade is it?"),
    Prompt(Record((TWO_TURN,), TWO_IMAGES.images), (plain_picture(90), plain_picture(WHITE))),
    Prompt(Record((Turn("Hello!", None),))),
]


def make_open_model(form: InjectionForm = "published", template: str = "short") -> ImageBindLlm:
    """A random one whose gates let features through, and whose low-rank matrices have an effect."""
    model = make_tiny_imagebind_llm(template, form=form)
    open_gates(model.network)
    with torch.no_grad():
        for name, weight in model.network.named_parameters():
            if name.endswith(("lora_b", "proj.bias")):
                weight.normal_(std=0.1)
    return model


def batch_of(model: ImageBindLlm, rows: Rows) -> PackedBatch:
    """The records of each row, packed into it."""
    pixels = [model.pixels(plain_picture(shade)) for row in rows for _, shades in row for shade in shades]
    return batch_rows([[model.document(record) for record, _ in row] for row in rows], pixels)


@torch.no_grad()
def losses(model: ImageBindLlm, rows: Rows) -> torch.Tensor:
    """Without gradients.  # (targets,)"""
    return model.losses(batch_of(model, rows))


def same(ours: torch.Tensor, theirs: torch.Tensor) -> bool:
    """True for losses that differ by rounding alone."""
    return torch.allclose(ours, theirs, atol=1e-5, rtol=0)
