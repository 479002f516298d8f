"""The painter of the nano MIM: a Stable Diffusion of the shapes world, which learns all its parts from captions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import mse_loss
from transformers import CLIPTextConfig, CLIPTextModel, PreTrainedTokenizerFast

from reference_models.nano.encoder import TEXT_LENGTH
from reference_models.nano.training_scenes import training_scenes
from reference_models.training.devices import choose_device, move_to_device
from reference_models.training.recipe import ProgressCallback, TrainingRecipe
from reference_models.training.trainer import fit
from vlitqa.shapes.annotations import caption_of
from vlitqa.shapes.drawing import SMALL, draw_scene
from vlitqa.shapes.scenes import Scene

_DIFFUSERS: Any = diffusers
"""Its classes have no types."""
_WIDTH = 128
_LATENT_CHANNELS = 8
"""The numbers in the place of four by four pixels."""
_THING_WEIGHT = 9
"""By how much a pixel of a thing counts more than one of the background, which is far larger."""
_BLUR, _LENGTH_WEIGHT = 0.05, 1e-3
"""Noise that is added to the latent numbers, so that neighbouring ones decode alike, and what keeps them small."""
_NUMBERS_MEASURED = 512
"""The pictures by whose latent numbers their spread is measured."""


def train_painter(
    tokenizer: PreTrainedTokenizerFast, recipes: Mapping[str, TrainingRecipe], report_progress: ProgressCallback
) -> Any:
    """Trains an autoencoder of pictures, and then a denoiser together with the text encoder that guides it."""
    tokenizer.model_max_length = TEXT_LENGTH
    torch.manual_seed(recipes["painter"].seed)
    autoencoder = move_to_device(_make_autoencoder()).to(memory_format=torch.channels_last)
    _train_autoencoder(autoencoder, recipes["autoencoder"], report_progress)
    pipeline = _DIFFUSERS.StableDiffusionPipeline(
        vae=autoencoder,
        text_encoder=move_to_device(CLIPTextModel(_text_config(tokenizer))),
        tokenizer=tokenizer,
        unet=move_to_device(_make_denoiser()),
        scheduler=_DIFFUSERS.DDIMScheduler(
            prediction_type="sample", clip_sample=False, timestep_spacing="trailing", steps_offset=1
        ),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    _train_denoiser(pipeline, recipes["painter"], report_progress)
    return pipeline


def save_painter(pipeline: Any, folder: Path) -> None:
    """Saves a pipeline in half precision, as diffusers loads it."""
    for part in (pipeline.vae, pipeline.text_encoder, pipeline.unet):
        part.half()
    pipeline.save_pretrained(folder)


def _train_autoencoder(autoencoder: Any, recipe: TrainingRecipe, report_progress: ProgressCallback) -> None:
    """Trains until pictures come back from few numbers, and notes the scale by which those have a spread of one."""

    def losses_of_step(step: int) -> Iterator[Tensor]:
        scenes = training_scenes(step, recipe.batch_size)
        pixels = _pixels_of(scenes)  # (scenes, 3, side, side)
        is_thing = (pixels != _pixels_of([replace(scene, things=(), contact=None, sign=None) for scene in scenes])).any(
            1
        )
        weights = 1 + _THING_WEIGHT * is_thing[:, None]  # (scenes, 1, side, side)
        latents = autoencoder.encode(pixels).latent_dist.mean  # (scenes, channels, side, side)
        decoded = autoencoder.decode(latents + _BLUR * torch.randn_like(latents)).sample  # (scenes, 3, side, side)
        yield ((decoded - pixels).abs() * weights).mean() + _LENGTH_WEIGHT * latents.square().mean()  # ()

    fit(autoencoder.parameters(), recipe, losses_of_step, report_progress, name="autoencoder")
    with torch.no_grad():
        means = autoencoder.encode(_pixels_of(training_scenes(0, _NUMBERS_MEASURED))).latent_dist.mean
        # (scenes, channels, side, side)
    autoencoder.register_to_config(scaling_factor=float(1 / means.std()))


def _train_denoiser(pipeline: Any, recipe: TrainingRecipe, report_progress: ProgressCallback) -> None:
    """Trains the denoiser and the text encoder to tell pictures from noise by their captions."""
    device, scheduler = choose_device(), pipeline.scheduler
    noise = torch.Generator(device).manual_seed(recipe.seed)

    def losses_of_step(step: int) -> Iterator[Tensor]:
        scenes = training_scenes(step, recipe.batch_size)
        with torch.no_grad():
            latents = pipeline.vae.encode(_pixels_of(scenes)).latent_dist.mean  # (scenes, channels, side, side)
            latents = latents * pipeline.vae.config.scaling_factor  # (scenes, channels, side, side)
        steps = torch.randint(
            scheduler.config.num_train_timesteps, (len(scenes),), generator=noise, device=device
        )  # (scenes,)
        added = torch.randn(latents.shape, generator=noise, device=device)  # (scenes, channels, side, side)
        words = pipeline.tokenizer(
            [caption_of(scene) for scene in scenes],
            padding="max_length",
            max_length=TEXT_LENGTH,
            truncation=True,
            return_tensors="pt",
        ).input_ids.to(device)  # (scenes, tokens)
        conditioning = pipeline.text_encoder(words).last_hidden_state  # (scenes, tokens, width)
        cleaned = pipeline.unet(scheduler.add_noise(latents, added, steps), steps, conditioning).sample
        yield mse_loss(cleaned, latents)  # ()

    trained = [*pipeline.unet.parameters(), *pipeline.text_encoder.parameters()]
    fit(trained, recipe, losses_of_step, report_progress, name="painter")


def _pixels_of(scenes: Sequence[Scene]) -> Tensor:
    """The pictures of scenes as numbers from -1 to 1.  # (scenes, 3, side, side)"""
    pictures = np.stack([np.asarray(draw_scene(scene, SMALL)) for scene in scenes])  # (scenes, side, side, 3)
    pixels = torch.from_numpy(pictures).permute(0, 3, 1, 2).float()  # (scenes, 3, side, side)
    return (pixels / 127.5 - 1).to(choose_device())


def _make_autoencoder() -> Any:
    return _DIFFUSERS.AutoencoderKL(
        block_out_channels=(16, 32, 64),
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        layers_per_block=1,
        latent_channels=_LATENT_CHANNELS,
        norm_num_groups=8,
        sample_size=SMALL,
    )


def _make_denoiser() -> Any:
    return _DIFFUSERS.UNet2DConditionModel(
        sample_size=SMALL // 4,
        in_channels=_LATENT_CHANNELS,
        out_channels=_LATENT_CHANNELS,
        block_out_channels=(64, 128),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=4,
        norm_num_groups=16,
        cross_attention_dim=_WIDTH,
    )


def _text_config(tokenizer: PreTrainedTokenizerFast) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=_WIDTH,
        intermediate_size=4 * _WIDTH,
        projection_dim=_WIDTH,
        num_hidden_layers=3,
        num_attention_heads=4,
        max_position_embeddings=TEXT_LENGTH,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
