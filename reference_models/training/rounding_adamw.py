"""AdamW whose parameters and states are bfloat16, rounded at random: a third of the memory of single precision."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch.nn import Parameter
from torch.optim import Optimizer

from reference_models.training.precision import round_at_random
from reference_models.training.sharded_tensors import local_part

_SMALLEST = 1e-8


class RoundingAdamW(Optimizer):
    """AdamW, computed in single precision and kept in bfloat16."""

    def __init__(
        self, parameters: Iterable[Parameter], *, lr: float, betas: tuple[float, float], weight_decay: float
    ) -> None:
        super().__init__(parameters, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, _closure: None = None) -> None:  # type: ignore[override]  # gradients are there already
        """Moves every parameter that has a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._move(parameter, group["lr"], group["betas"], group["weight_decay"])

    def _move(self, parameter: Parameter, rate: float, betas: tuple[float, float], decay: float) -> None:
        state = self.state[parameter]
        if not state:
            state["step"] = torch.zeros(())
            state["exp_avg"], state["exp_avg_sq"] = torch.zeros_like(parameter), torch.zeros_like(parameter)
        state["step"] += 1
        count, (first, second) = int(state["step"]), betas
        assert parameter.grad is not None
        gradient = local_part(parameter.grad).float()
        held, *averages = (local_part(kept) for kept in (parameter, state["exp_avg"], state["exp_avg_sq"]))
        mean = averages[0].float().lerp_(gradient, 1 - first)
        square = averages[1].float().mul_(second).addcmul_(gradient, gradient, value=1 - second)
        spread = (square / (1 - second**count)).sqrt_().add_(_SMALLEST)
        values = held.float().mul_(1 - rate * decay)
        values.addcdiv_(mean, spread, value=-rate / (1 - first**count))
        for kept, exact in zip((held, *averages), (values, mean, square), strict=True):
            kept.copy_(round_at_random(exact))
