"""Low-rank adapters: small matrices beside the linear layers of a language model that learn in their place."""

from __future__ import annotations

from typing import Any

from torch.nn import Linear, Module, Parameter

from vlitqa.contracts.models import ReferenceModel
from vlitqa.errors import ToolMissing, UsageError

_SCALE = 2
"""By which the product of both matrices is multiplied, as in LLaVA's own recipe (rank 128, alpha 256)."""
_LOW_RANK = ".lora_"
"""A part of the names of low-rank matrices."""


def add_adapters(model: ReferenceModel, stage: str, rank: int) -> dict[str, Parameter]:
    """Puts adapters of a rank beside the linear layers of the language model; returns what is trained, by name.

    That are the adapters, and in full what the stage and the first stage train: all between the tower and the language
    model. Raises UsageError for a model that has low-rank matrices of its own: merging would change what is injected.
    """
    if any(_LOW_RANK in name for name, _ in model.module.named_parameters()):
        message = f"{model.name} has low-rank matrices of its own"
        raise UsageError(message, repair="Leave --lora out: the stage `tuning` trains them.")
    peft = _import_peft()
    between = {name for name, _ in model.trainable(next(iter(model.stages)))}
    full = {name: parameter for name, parameter in model.trainable(stage) if name in between}
    layers = model.module.get_submodule(model.language_layers)
    linear = [
        f"{model.language_layers}.{name}" for name, module in layers.named_modules() if isinstance(module, Linear)
    ]
    peft.inject_adapter_in_model(peft.LoraConfig(r=rank, lora_alpha=_SCALE * rank, target_modules=linear), model.module)
    return full | {name: parameter for name, parameter in model.module.named_parameters() if _LOW_RANK in name}


def merge_adapters(module: Module) -> None:
    """Adds what adapters have learned to the layers beside which they stand, and takes them away."""
    for name, layer in list(module.named_modules()):
        if hasattr(layer, "get_base_layer"):
            adapter: Any = layer
            adapter.merge()
            parent, _, last = name.rpartition(".")
            setattr(module.get_submodule(parent), last, adapter.get_base_layer())


def _import_peft() -> Any:
    try:
        import peft
    except ImportError:
        raise ToolMissing("LoRA needs peft", repair="pip install 'vlitqa[models]'") from None
    return peft
