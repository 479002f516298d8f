"""The bind network: from a feature of ImageBind to the width of a Llama."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor, nn
from torch.nn.functional import silu

BLOCKS = 3
_EPSILON = 1e-6


class BindNetwork(nn.Module):
    """A projection and three gated feed-forward blocks with residual connections (equation 1 of the paper).

    Its parts bear the names of the published weights: `image_bind_f2_3` is the second linear layer of the third block.
    """

    def __init__(self, feature_width: int, width: int, hidden_width: int | None = None) -> None:
        super().__init__()
        hidden_width = hidden_width or 4 * width
        self.image_bind_proj = nn.Linear(feature_width, width)
        for block in range(1, BLOCKS + 1):
            self.add_module(f"image_bind_norm_{block}", nn.RMSNorm(width, eps=_EPSILON))
            self.add_module(f"image_bind_f1_{block}", nn.Linear(width, hidden_width, bias=False))
            self.add_module(f"image_bind_f2_{block}", nn.Linear(hidden_width, width, bias=False))
            self.add_module(f"image_bind_f3_{block}", nn.Linear(width, hidden_width, bias=False))

    def forward(self, features: Tensor) -> Tensor:
        """The features in the width of the language model.  # (features, width)"""
        states: Tensor = self.image_bind_proj(features.to(self.image_bind_proj.weight.dtype))  # (features, width)
        for norm, gate, down, up in self._blocks():
            normalised = norm(states)  # (features, width)
            states = states + down(silu(gate(normalised)) * up(normalised))  # (features, width)
        return states

    def _blocks(self) -> Iterator[tuple[nn.Module, nn.Module, nn.Module, nn.Module]]:
        """Yields the norm and the three linear layers of the blocks."""
        for block in range(1, BLOCKS + 1):
            names = (f"norm_{block}", f"f1_{block}", f"f2_{block}", f"f3_{block}")
            norm, gate, down, up = (self.get_submodule(f"image_bind_{name}") for name in names)
            yield norm, gate, down, up
