"""Fingerprints of models: what tells one from every other, whatever file it came from."""

from __future__ import annotations

import hashlib

import torch

from vlitqa.contracts.models import ReferenceModel


def digest_of_weights(model: ReferenceModel) -> str:
    """Sixteen digits that change with any weight of a model."""
    digest = hashlib.sha256()
    for name, weight in sorted(model.module.state_dict().items()):
        digest.update(name.encode())
        digest.update(weight.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()[:16]
