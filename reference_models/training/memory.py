"""The precisions of a tuning, and the memory that each needs; found without loading torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Precision = Literal["float32", "mixed", "bfloat16"]
PRECISIONS: Mapping[Precision, str] = {
    "float32": "all in single precision",
    "mixed": "computed in bfloat16; the optimizer holds a copy of what is trained, and its states, in single precision",
    "bfloat16": "all in bfloat16, rounded up or down at random so that small steps are not lost: least memory",
}
_WEIGHT: Mapping[Precision, int] = {"float32": 4, "mixed": 2, "bfloat16": 2}
BYTES_OF_A_TRAINED_WEIGHT: Mapping[Precision, int] = {"float32": 12, "mixed": 16, "bfloat16": 6}
"""Beside the weight: its gradient, both states of AdamW, and the copy that the optimizer holds."""


def tuning_bytes(precision: Precision, parameters: int, trained: int) -> int:
    """The memory of weights, gradients and the optimizer: all but the activations."""
    return parameters * _WEIGHT[precision] + trained * BYTES_OF_A_TRAINED_WEIGHT[precision]
