"""A model that one process trains alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor
from torch.nn import Module, Parameter

from reference_models.training.adapters import merge_adapters
from reference_models.training.memory import Precision
from vlitqa.contracts.models import PackedBatch, ReferenceModel


@dataclass(frozen=True, slots=True, eq=False)
class WholeModel:
    """A model, and the parameters that are trained; what `ShardedModel` is for several processes."""

    model: ReferenceModel
    trained: Mapping[str, Parameter]
    precision: Precision

    @property
    def module(self) -> Module:
        """All its parameters."""
        return self.model.module

    def losses(self, batch: PackedBatch) -> Tensor:
        """The negative log-likelihood of every target.  # (targets,)"""
        return self.model.losses(batch)

    def expect_pictures(self, *, expected: bool) -> None:
        """Nobody else has any."""

    def finish(self) -> None:
        """Merges what adapters have learned."""
        merge_adapters(self.model.module)
