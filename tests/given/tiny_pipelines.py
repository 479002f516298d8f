"""Tiny pipelines of Stable Diffusion with random weights, saved as diffusers saves them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    DDPMScheduler,
    EulerDiscreteScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLImg2ImgPipeline,
    StableDiffusionXLPipeline,
    StableUnCLIPImg2ImgPipeline,
    UNet2DConditionModel,
)
from diffusers.pipelines.stable_diffusion.stable_unclip_image_normalizer import StableUnCLIPImageNormalizer
from tokenizers.pre_tokenizers import ByteLevel
from transformers import (
    CLIPImageProcessor,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
)

_WIDTH = 32
_START, _END = "<|startoftext|>", "<|endoftext|>"


def save_tiny_sdxl(folder: Path) -> None:
    """Saves a pipeline like Stable Diffusion XL's in `base`, and one like its refiner's in `refiner`."""
    torch.manual_seed(0)
    tokenizer = _tokenizer(folder)
    second = CLIPTextModelWithProjection(_text_config(tokenizer)).eval()
    shared = {
        "vae": _autoencoder(),
        "text_encoder_2": second,
        "tokenizer_2": tokenizer,
        "scheduler": _scheduler(),
    }
    base = StableDiffusionXLPipeline(
        **shared,
        text_encoder=CLIPTextModel(_text_config(tokenizer)).eval(),
        tokenizer=tokenizer,
        unet=_denoiser(width=2 * _WIDTH, numbers=6),
        add_watermarker=False,
    )
    base.save_pretrained(folder / "base")
    refiner = StableDiffusionXLImg2ImgPipeline(
        **shared,
        text_encoder=None,
        tokenizer=None,
        unet=_denoiser(width=_WIDTH, numbers=5),
        requires_aesthetics_score=True,
        force_zeros_for_empty_prompt=False,
        add_watermarker=False,
    )
    refiner.save_pretrained(folder / "refiner")


def save_tiny_sd(folder: Path) -> None:
    """Saves a pipeline like Stable Diffusion's."""
    torch.manual_seed(0)
    tokenizer = _tokenizer(folder)
    pipeline = StableDiffusionPipeline(
        vae=_autoencoder(),
        text_encoder=CLIPTextModel(_text_config(tokenizer)).eval(),
        tokenizer=tokenizer,
        unet=_denoiser(width=_WIDTH),
        scheduler=_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(folder)


def save_tiny_unclip(folder: Path, width: int = 16) -> None:
    """Saves a pipeline like Stable unCLIP's, which draws features of some width."""
    torch.manual_seed(0)
    tokenizer = _tokenizer(folder)
    vision = CLIPVisionConfig(
        hidden_size=_WIDTH,
        intermediate_size=_WIDTH,
        projection_dim=width,
        num_hidden_layers=1,
        num_attention_heads=4,
        image_size=32,
        patch_size=16,
    )
    pipeline = StableUnCLIPImg2ImgPipeline(
        feature_extractor=CLIPImageProcessor(size=32, crop_size=32),
        image_encoder=CLIPVisionModelWithProjection(vision).eval(),
        image_normalizer=StableUnCLIPImageNormalizer(embedding_dim=width),
        image_noising_scheduler=DDPMScheduler(),
        tokenizer=tokenizer,
        text_encoder=CLIPTextModel(_text_config(tokenizer)).eval(),
        unet=_denoiser(width=_WIDTH, feature_width=width),
        scheduler=DDIMScheduler(),
        vae=_autoencoder(),
    )
    pipeline.save_pretrained(folder)


def _tokenizer(folder: Path) -> CLIPTokenizer:
    """A tokenizer of letters, read from files as the published ones are."""
    letters = sorted(ByteLevel.alphabet())
    words = [*letters, *(f"{letter}</w>" for letter in letters), _START, _END]
    files = folder / "words"
    files.mkdir(parents=True)
    (files / "vocab.json").write_text(json.dumps({word: number for number, word in enumerate(words)}))
    (files / "merges.txt").write_text("#version: 0.2\n")
    (files / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 77, "pad_token": _END}))
    tokenizer = CLIPTokenizer.from_pretrained(files)
    for file in files.iterdir():
        file.unlink()
    files.rmdir()
    return tokenizer


def _text_config(tokenizer: CLIPTokenizer) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=_WIDTH,
        intermediate_size=2 * _WIDTH,
        projection_dim=_WIDTH,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=77,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        initializer_factor=4.0,  # with weights so small as at the start of a training all texts look the same
    )


def _scheduler() -> EulerDiscreteScheduler:
    """The scheduler of Stable Diffusion XL."""
    return EulerDiscreteScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        steps_offset=1,
        timestep_spacing="leading",
    )


def _autoencoder() -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(16, 32),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=4,
        norm_num_groups=8,
        sample_size=32,
    )


def _denoiser(width: int, numbers: int = 0, feature_width: int = 0) -> UNet2DConditionModel:
    """A U-Net that reads a conditioning of some width; with Stable Diffusion XL numbers of the size, or a feature."""
    text_and_time: dict[str, Any] = {
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 8,
        "projection_class_embeddings_input_dim": 8 * numbers + _WIDTH,
    }
    feature = {"class_embed_type": "projection", "projection_class_embeddings_input_dim": 2 * feature_width}
    return UNet2DConditionModel(
        block_out_channels=(32, 64),
        layers_per_block=1,
        sample_size=16,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=8,
        norm_num_groups=8,
        cross_attention_dim=width,
        **(text_and_time if numbers else {}),
        **(feature if feature_width else {}),
    )
