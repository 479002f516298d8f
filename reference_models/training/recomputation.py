"""Less memory for more time: the layers of a language model are computed again when they are differentiated."""

from __future__ import annotations

from functools import partial

from torch.utils.checkpoint import checkpoint

from vlitqa.contracts.models import ReferenceModel


def recompute_layers(model: ReferenceModel) -> None:
    """Lets every layer of the language model keep nothing but its input until it is differentiated."""
    for layer in model.module.get_submodule(model.language_layers).children():
        setattr(layer, "forward", partial(checkpoint, layer.forward, use_reentrant=False))  # noqa: B010 - of one layer
