"""The presets of the reference models that this machine can tune, and what the others lack; without loading torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

_GB = 1e9
_FILES = ("config.json", "params.json", "model.safetensors", "checkpoint.pt", "second_stage_model.pt")
"""One of them is in the hub's cache, or in the folder, wherever a checkpoint is."""


def preset_states() -> Mapping[str, str]:
    """What `vlitqa doctor` says of each preset of each model."""
    from reference_models.catalogue import MODELS, PRESETS

    return {f"{model} {preset}": _state(model, preset) for model in MODELS for preset in PRESETS}


def _state(model: str, preset: str) -> str:
    from reference_models.published import PARTS, fetch_repair
    from vlitqa.backends.model_files import require
    from vlitqa.errors import ToolMissing

    try:
        require("torch", "transformers")
    except ToolMissing as missing:
        return f"not ready: {missing.repair}"
    if preset != "paper":
        return "ready, on any machine"
    repairs = [fetch_repair(part).rstrip(".") for part in PARTS[model] if not _is_here(part)]
    fetch = f"not here: {'; '.join(repairs)}; " if repairs else "ready; "
    return f"{fetch}tuning needs {', '.join(_needs(model))}, and more for activations; {_machine()}"


def _is_here(part: str) -> bool:
    """True for a checkpoint of which there is at least a file that any has."""
    from vlitqa.backends.model_files import cached_file, folder_named

    folder = folder_named(part)
    return any((folder / file).is_file() if folder else cached_file(part, file) for file in _FILES)


def _needs(model: str) -> Iterator[str]:
    """The memory of weights, gradients and the optimizer, for each precision."""
    from reference_models.published import MODEL_SIZES
    from reference_models.training.memory import PRECISIONS, tuning_bytes

    size = MODEL_SIZES[model]
    for precision in PRECISIONS:
        yield f"{tuning_bytes(precision, size.parameters, size.trained) / _GB:.0f} GB in {precision}"


def _machine() -> str:
    """The memory of the GPU, or of the machine where it has none."""
    from vlitqa.backends.model_files import memory_of_gpu, memory_of_machine

    gpu = memory_of_gpu()
    return f"the GPU has {gpu / _GB:.0f} GB" if gpu else f"this machine has {memory_of_machine() / _GB:.0f} GB, no GPU"
