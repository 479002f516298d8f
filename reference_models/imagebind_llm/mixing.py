"""Mixtures and arithmetic of features of several modalities, which ImageBind puts into one space."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import normalize

from vlitqa.errors import UsageError

_SMALLEST_LENGTH = 1e-6
"""Of a sum of vectors of length 1 in single precision: what is shorter is rounding."""


def mix_features(features: Sequence[Tensor], weights: Sequence[float], *, keeps_length: bool = False) -> Tensor:
    """The weighted mean of features of length 1, as a feature of length 1.

    The weights, none below zero, are divided by their sum. The published code leaves the mean as long as it is:
    `keeps_length`. Raises UsageError where the weights or the mean are zero.
    # (…, feature width)
    """
    total = sum(weights)
    if min(weights, default=0.0) < 0 or not 0 < total < math.inf:
        message = f"the weights {list(weights)} are no shares of a mixture"
        raise UsageError(message, repair="Give weights of which none is below zero, and one above.")
    mean = _weighted_sum(features, [weight / total for weight in weights])  # (…, feature width)
    return mean if keeps_length else _with_length_1(mean)


def add_features(features: Sequence[Tensor], coefficients: Sequence[float]) -> Tensor:
    """The sum of features of length 1 by coefficients of any sign, as a feature of length 1.

    Raises UsageError where it is zero, and has no direction.
    # (…, feature width)
    """
    return _with_length_1(_weighted_sum(features, coefficients))


def _weighted_sum(features: Sequence[Tensor], coefficients: Sequence[float]) -> Tensor:
    if len(features) != len(coefficients):
        message = f"there are {len(features)} features and {len(coefficients)} coefficients"
        raise UsageError(message, repair="Give every feature a coefficient.")
    widths = sorted({feature.shape[-1] for feature in features})
    if len(widths) != 1:
        message = f"features have the widths {widths}" if widths else "there is no feature"
        raise UsageError(message, repair="Name features of one encoder.")
    result = torch.zeros_like(features[0], dtype=torch.float32)  # (…, feature width)
    for feature, coefficient in zip(features, coefficients, strict=True):
        result = result + coefficient * normalize(feature.float(), dim=-1)  # (…, feature width)
    return result.to(features[0].dtype)


def _with_length_1(features: Tensor) -> Tensor:
    """Features of length 1; raises UsageError for one without a direction.  # (…, feature width)"""
    lengths = torch.linalg.vector_norm(features.float(), dim=-1, keepdim=True)  # (…, 1)
    if not bool((lengths > _SMALLEST_LENGTH).all()):
        raise UsageError("the sum of the features is zero, and has no direction", repair="Choose other coefficients.")
    return normalize(features.float(), dim=-1).to(features.dtype)
