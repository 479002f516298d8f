"""The nano encoder of images and texts in open_clip's format: it puts a picture near the texts that are true of it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import open_clip
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import save_file
from torch.nn.functional import cross_entropy
from transformers import PreTrainedTokenizerFast

from reference_models.nano.training_scenes import training_scenes
from reference_models.nano.vocabulary import EOS, PAD, VOCABULARY_SIZE, token_id
from reference_models.training.devices import choose_device
from reference_models.training.recipe import ProgressCallback, TrainingRecipe
from reference_models.training.trainer import fit
from vlitqa.shapes.annotations import caption_of
from vlitqa.shapes.drawing import SMALL, USUAL, draw_scene
from vlitqa.shapes.questions import questions_about
from vlitqa.shapes.scenes import Scene

TEXT_LENGTH = 96
"""The tokens that the encoder reads of a text."""
_TEXT_CONFIG = {
    "context_length": TEXT_LENGTH,
    "vocab_size": VOCABULARY_SIZE,
    "width": 128,
    "heads": 4,
    "layers": 2,
    "pool_type": "eos",
    "eos_id": token_id(EOS),
    "pad_id": token_id(PAD),
}
_IMAGE_CONFIG = {"image_size": SMALL, "patch_size": 8, "width": 128, "layers": 4, "head_width": 32}
_EMBEDDING_WIDTH = 128
PIXEL_MEAN, PIXEL_STD = 0.5, 0.25
_PREPROCESSING = {
    "mean": [PIXEL_MEAN] * 3,
    "std": [PIXEL_STD] * 3,
    "interpolation": "bicubic",
    "resize_mode": "squash",
}
_CONFIG_FILE, _WEIGHTS_FILE = "open_clip_config.json", "open_clip_model.safetensors"


def train_encoder(
    tokenizer: PreTrainedTokenizerFast, recipe: TrainingRecipe, report_progress: ProgressCallback
) -> open_clip.CLIP:
    """Trains an encoder with CLIP's contrastive loss on pictures and what is true of them."""
    torch.manual_seed(recipe.seed)
    model = open_clip.CLIP(embed_dim=_EMBEDDING_WIDTH, vision_cfg=_IMAGE_CONFIG, text_cfg=_TEXT_CONFIG)
    model = model.to(choose_device())
    dice = random.Random(recipe.seed)
    labels = torch.arange(recipe.batch_size, device=choose_device())  # (batch,)

    def losses_of_step(step: int) -> Iterator[torch.Tensor]:
        scenes = training_scenes(step, recipe.batch_size)
        pixels = torch.from_numpy(render_pixels(scenes)).to(choose_device())  # (batch, 3, side, side)
        texts = [_draw_description(scene, dice) for scene in scenes]
        batch = tokenizer(texts, truncation=True, max_length=TEXT_LENGTH, padding="max_length", return_tensors="pt")
        token_ids = batch.input_ids.to(choose_device())  # (batch, tokens)
        images = model.encode_image(pixels, normalize=True)  # (batch, width)
        descriptions = model.encode_text(token_ids, normalize=True)  # (batch, width)
        logits = model.logit_scale.exp().clamp(max=100) * images @ descriptions.T  # (batch, batch)
        yield (cross_entropy(logits, labels) + cross_entropy(logits.T, labels)) / 2  # ()

    fit(model.parameters(), recipe, losses_of_step, report_progress, name="encoder")
    return model.eval()


def save_encoder(model: open_clip.CLIP, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Saves an encoder in half precision, with its tokenizer and preprocessing, as open_clip loads them."""
    tokenizer.save_pretrained(folder)
    text_config = {"hf_tokenizer_name": "tokenizer", **_TEXT_CONFIG}
    model_config = {"embed_dim": _EMBEDDING_WIDTH, "vision_cfg": _IMAGE_CONFIG, "text_cfg": text_config}
    config = {"model_cfg": model_config, "preprocess_cfg": _PREPROCESSING}
    (folder / _CONFIG_FILE).write_text(json.dumps(config, indent=1))
    save_file(model.half().state_dict(), folder / _WEIGHTS_FILE)


def render_pixels(scenes: Sequence[Scene]) -> NDArray[np.float32]:
    """Renders scenes as the pixels that the models read; every second one is rendered large and then scaled down."""
    size = (SMALL, SMALL)
    pictures = [
        draw_scene(scene, USUAL).resize(size, Image.Resampling.BICUBIC) if index % 2 else draw_scene(scene, SMALL)
        for index, scene in enumerate(scenes)
    ]
    pixels = np.stack([np.asarray(picture) for picture in pictures]).transpose(0, 3, 1, 2)  # (scenes, 3, side, side)
    return ((pixels / 255 - PIXEL_MEAN) / PIXEL_STD).astype(np.float32)  # (scenes, 3, side, side)


def _draw_description(scene: Scene, dice: random.Random) -> str:
    """Draws a text that is true of a scene: the whole caption, a sentence of it, or some answers."""
    draw = dice.random()
    if draw < 0.4:
        return caption_of(scene)
    if draw < 0.6:
        return dice.choice(caption_of(scene).split(". ")).rstrip(".") + "."
    questions = questions_about(scene)
    sample = dice.sample(questions, min(len(questions), dice.randint(1, 4)))
    return " ".join(question.sentence for question in sample)
