"""Sharding: every process holds a part of each parameter, and has a layer whole only while it computes it (FSDP)."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import DTensor
from torch.nn import Module, Parameter

from reference_models.training.adapters import merge_adapters
from reference_models.training.devices import choose_device
from reference_models.training.memory import Precision
from reference_models.training.processes import Processes
from reference_models.training.sharded_tensors import whole_tensor
from vlitqa.contracts.models import PackedBatch, ReferenceModel

_POLICIES: Mapping[Precision, MixedPrecisionPolicy] = {
    "float32": MixedPrecisionPolicy(),
    "mixed": MixedPrecisionPolicy(torch.bfloat16, reduce_dtype=torch.float32, cast_forward_inputs=False),
    "bfloat16": MixedPrecisionPolicy(reduce_dtype=torch.float32, cast_forward_inputs=False),
}


class ShardedModel(Module):
    """A copy of a model whose parameters are spread over the processes; the model itself is empty until the end.

    Every process has to compute as many batches as the others, because they gather each layer together.
    """

    def __init__(
        self, whole: ReferenceModel, trained: Iterable[str], precision: Precision, processes: Processes
    ) -> None:
        super().__init__()
        self._whole, self._computed_in, self._processes = whole, precision, processes
        self.precision: Precision = "float32" if precision == "mixed" else precision
        """That in which the optimizer holds its parameters: they are the copies that one process has beside them."""
        self.model = _copy_with_the_same_weights(whole)
        self.module = self.model.module
        self._mesh = init_device_mesh(choose_device(), (processes.count,))
        warnings.filterwarnings("ignore", message="FSDP2-wrapped module")  # of views, which nobody changes in place
        layers = list(self.module.get_submodule(self.model.language_layers).children())
        for part in (*layers, self):
            self._shard(part)
        layers[0].register_forward_pre_hook(_differentiate_input, prepend=True)  # before the layer is gathered
        for parameter in whole.module.parameters():
            parameter.data = parameter.data.new_empty(0)
        if not processes.is_first:
            torch.manual_seed(torch.initial_seed() + processes.rank)  # or dropout would be the same everywhere
        named = dict(self.module.named_parameters())
        self.trained = {name: named[name] for name in trained}
        """The part that this process holds of each parameter that is trained."""

    def forward(self, batch: PackedBatch) -> Tensor:
        """The negative log-likelihood of every target.  # (targets,)"""
        return self.model.losses(batch)

    def losses(self, batch: PackedBatch) -> Tensor:
        """The same; every layer is whole while it is computed.  # (targets,)"""
        losses: Tensor = self(batch)
        return losses

    def expect_pictures(self, *, expected: bool) -> None:
        """Says if any process has pictures in this step: those without give zeros for what only pictures move.

        Where none has any, these parameters have no gradient and stay, as those of one process do.
        """
        for part in self.modules():
            if isinstance(part, FSDPModule):
                part.set_reduce_scatter_unused_params(expected, recurse=False)

    def finish(self) -> None:
        """Gives the weights back to the model of the first process, and merges what adapters have learned."""
        originals = dict(self._whole.module.named_parameters())
        for name, parameter in self.module.named_parameters():
            weight = whole_tensor(parameter.detach())
            if self._processes.is_first:
                originals[name].data = weight.to(originals[name].device, originals[name].dtype)
        if self._processes.is_first:
            merge_adapters(self._whole.module)

    def _shard(self, part: Module) -> None:
        for parameter in part.parameters():
            if self._computed_in == "mixed" and parameter.requires_grad and not isinstance(parameter, DTensor):
                parameter.data = parameter.data.float()
        sharded = fully_shard(part, mesh=self._mesh, mp_policy=_POLICIES[self._computed_in])
        sharded.set_gradient_divide_factor(1.0)
        sharded.set_force_sum_reduction_for_comms(enable=True)  # the parts of a loss are summed


def _copy_with_the_same_weights(model: ReferenceModel) -> ReferenceModel:
    """A copy whose parameters are others over the same memory."""
    memory: dict[int, Any] = {
        id(parameter): Parameter(parameter.data, parameter.requires_grad) for parameter in model.module.parameters()
    }
    return deepcopy(model, memory)


def _differentiate_input(_layer: Module, inputs: tuple[Any, ...]) -> None:
    """Lets the layers be differentiated by every process, also by one whose batch has no picture to learn from."""
    if torch.is_grad_enabled() and not inputs[0].requires_grad:
        inputs[0].requires_grad_()
