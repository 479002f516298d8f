"""The nano encoder of images and texts, in open_clip's own format: what belongs together comes together."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from reference_models.nano.training_scenes import training_scenes
from reference_models.nano.vocabulary import END, FILL, SIZE, SPECIAL
from reference_models.training.recipe import ProgressCallback, TrainingRecipe
from reference_models.training.trainer import choose_device, fit
from vlitqa.shapes.annotations import caption_of
from vlitqa.shapes.drawing import SMALL, USUAL, drawn
from vlitqa.shapes.questions import questions_about
from vlitqa.shapes.scenes import Scene

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


def trained(tokenizer: Any, recipe: TrainingRecipe, tell: ProgressCallback) -> Any:
    """The model, when pictures and what is told of them lie close together."""
    import open_clip
    import torch
    from torch.nn.functional import cross_entropy

    torch.manual_seed(recipe.seed)
    texts_as = {**CONFIG["text_cfg"]}
    del texts_as["hf_tokenizer_name"]
    model = open_clip.CLIP(**{**CONFIG, "text_cfg": texts_as}).to(choose_device())
    dice = random.Random(recipe.seed)
    wanted = torch.arange(recipe.batch_size, device=choose_device())
    cut = {"truncation": True, "max_length": CONTEXT, "padding": "max_length", "return_tensors": "pt"}

    def loss_of(step: int) -> Any:
        scenes = training_scenes(step, recipe.batch_size)
        seen = model.encode_image(torch.from_numpy(pixels_of(scenes)).to(choose_device()), normalize=True)
        texts = tokenizer([told_of(scene, dice) for scene in scenes], **cut).input_ids.to(choose_device())
        alike = model.logit_scale.exp().clamp(max=100) * seen @ model.encode_text(texts, normalize=True).T
        return (cross_entropy(alike, wanted) + cross_entropy(alike.T, wanted)) / 2

    fit(model.parameters(), recipe, loss_of, tell, name="encoder")
    return model.eval()


def save(model: Any, tokenizer: Any, folder: Path) -> None:
    """As open_clip finds a model, its tokenizer and how pictures are prepared; in half precision."""
    from safetensors.torch import save_file

    tokenizer.save_pretrained(folder)
    told = {"model_cfg": CONFIG, "preprocess_cfg": PREPROCESS}
    (folder / _FILES[0]).write_text(json.dumps(told, indent=1))
    save_file(model.half().state_dict(), folder / _FILES[1])
