"""The nano encoder of images and texts, in open_clip's own format: what belongs together comes together."""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from reference_models.nano.vocabulary import END, FILL, SIZE, SPECIAL
from vlitqa.shapes.annotations import caption_of
from vlitqa.shapes.drawing import SMALL, USUAL, drawn
from vlitqa.shapes.questions import questions_about
from vlitqa.shapes.scenes import Scene, scene_of

CONTEXT = 96
CONFIG: dict[str, Any] = {
    "embed_dim": 128,
    "vision_cfg": {"image_size": SMALL, "patch_size": 8, "width": 128, "layers": 4, "head_width": 32},
    "text_cfg": {
        "hf_tokenizer_name": "tokenizer",
        "context_length": CONTEXT,
        "vocab_size": SIZE,
        "width": 128,
        "heads": 4,
        "layers": 2,
        "pool_type": "eos",
        "eos_id": SPECIAL.index(END),
        "pad_id": SPECIAL.index(FILL),
    },
}
PREPROCESS = {"mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25], "interpolation": "bicubic", "resize_mode": "squash"}
_FILES = "open_clip_config.json", "open_clip_model.safetensors"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How it is trained."""

    steps: int = 1_500
    batch: int = 128
    rate: float = 1e-3
    seed: int = 0


def told_of(scene: Scene, dice: random.Random) -> str:
    """Something that is true of a scene: the whole caption, a part of it, or some answers."""
    kind = dice.random()
    if kind < 0.4:
        return caption_of(scene)
    if kind < 0.6:
        return dice.choice(caption_of(scene).split(". ")).rstrip(".") + "."
    asked = questions_about(scene)
    return " ".join(each.sentence for each in dice.sample(asked, min(len(asked), dice.randint(1, 4))))


def pixels_of(scenes: Sequence[Scene]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Pictures as the model takes them, every other one drawn larger and scaled down.  # (scenes, 3, side, side)"""
    size = (SMALL, SMALL)
    shown = [
        drawn(scene, USUAL).resize(size, Image.Resampling.BICUBIC) if place % 2 else drawn(scene, SMALL)
        for place, scene in enumerate(scenes)
    ]
    block = np.stack([np.asarray(each) for each in shown]).transpose(0, 3, 1, 2)
    return ((block / 255 - 0.5) / 0.25).astype(np.float32)


def trained(tokenizer: Any, recipe: Recipe, tell: Callable[[str], None]) -> Any:
    """The model; tells how far it is."""
    import open_clip
    import torch
    from torch.nn.functional import cross_entropy

    torch.manual_seed(recipe.seed)
    model = open_clip.CLIP(
        **{**CONFIG, "text_cfg": {k: v for k, v in CONFIG["text_cfg"].items() if k != "hf_tokenizer_name"}}
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.rate, betas=(0.9, 0.98), weight_decay=0.05)
    warm = recipe.steps // 20
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min(1.0, step / warm) * 0.5 * (1 + math.cos(math.pi * min(1.0, step / recipe.steps))),
    )
    dice = random.Random(recipe.seed)
    begun = time.monotonic()
    for step in range(recipe.steps):
        scenes = [scene_of(recipe.seed + 1, step * recipe.batch + place) for place in range(recipe.batch)]
        texts = [told_of(scene, dice) for scene in scenes]
        cut = {"truncation": True, "max_length": CONTEXT, "padding": "max_length", "return_tensors": "pt"}
        seen = model.encode_image(torch.from_numpy(pixels_of(scenes)), normalize=True)
        read = model.encode_text(tokenizer(texts, **cut).input_ids, normalize=True)
        alike = model.logit_scale.exp().clamp(max=100) * seen @ read.T
        wanted = torch.arange(recipe.batch)
        loss = (cross_entropy(alike, wanted) + cross_entropy(alike.T, wanted)) / 2
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it so
        optimizer.step()
        schedule.step()
        if step % 50 == 49:
            right = float((alike.argmax(dim=1) == wanted).float().mean())
            taken = time.monotonic() - begun
            tell(f"encoder: step {step + 1:,} of {recipe.steps:,}, loss {loss:.3f}, right {right:.2f}, {taken:.0f} s")
    return model.eval()


def saved(model: Any, tokenizer: Any, folder: Path) -> Path:
    """The folder in which open_clip finds the model, its tokenizer and how pictures are prepared."""
    from safetensors.torch import save_file

    tokenizer.save_pretrained(folder)
    told = {"model_cfg": CONFIG, "preprocess_cfg": PREPROCESS}
    (folder / _FILES[0]).write_text(json.dumps(told, indent=1))
    save_file(model.state_dict(), folder / _FILES[1])
    return folder
