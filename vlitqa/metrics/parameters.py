"""Checks of the parameters of metrics, before anything is measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from vlitqa.contracts import Metric


def check_parameters(metric: Metric, *, counts: Sequence[str] = (), shares: Sequence[str] = ()) -> None:
    """Raises UsageError for a count under 1, or a share that is not between 0 and 1."""
    for name in counts:
        if getattr(metric, name) < 1:
            raise UsageError(f"{metric.card.name}.{name} must be at least 1, and is {getattr(metric, name)}.")
    for name in shares:
        if not 0 <= getattr(metric, name) <= 1:
            raise UsageError(f"{metric.card.name}.{name} must lie between 0 and 1, and is {getattr(metric, name)}.")
