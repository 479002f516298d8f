"""Loads pipelines of diffusers, quietly and from this machine alone."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from reference_models.mim.pipeline import Pipeline
from reference_models.mim.pipeline_folder import REFINER, STABLE_DIFFUSION_XL, PipelineFolder
from reference_models.training.descriptions import loading_errors
from reference_models.training.devices import choose_device

_WATERMARKING = (STABLE_DIFFUSION_XL, REFINER)
"""The kinds that would hide a watermark in what they draw."""


def load_pipeline(folder: PipelineFolder) -> Pipeline:
    """Loads a pipeline from the safetensors of a folder, onto the device of this machine."""
    import diffusers
    import transformers

    for library in (diffusers, transformers):
        library.utils.logging.set_verbosity_error()  # long descriptions are cut, as in the published code
        library.utils.logging.disable_progress_bar()  # it would be drawn over our own
    device = choose_device()
    with loading_errors(str(folder.path)), quiet_diffusers():
        pipeline = getattr(diffusers, folder.kind).from_pretrained(
            folder.path,
            local_files_only=True,
            use_safetensors=True,
            variant=folder.variant,
            dtype=torch.float16 if device == "cuda" else torch.float32,
            **({"add_watermarker": False} if folder.kind in _WATERMARKING else {}),
        )
    pipeline.set_progress_bar_config(disable=True)
    loaded: Pipeline = pipeline.to(device)
    return loaded


@contextmanager
def quiet_diffusers() -> Iterator[None]:
    """Hides what diffusers says to its developers: in half precision it calls functions that it gives up itself."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=FutureWarning, module=r"diffusers\.")
        yield
