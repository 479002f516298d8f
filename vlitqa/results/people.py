"""The verdicts of people on responses of a dataset, and how well the values of metrics tell the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class SeparationByMetric:
    """How well a metric's values of rows tell correct responses from incorrect ones."""

    metric: str
    area: float
    """The chance that the row of a correct response has the better value: 0.5 is chance, 1 is always."""
    interval: tuple[float, float] | None
    correct: int
    """Correct responses whose row has a value."""
    incorrect: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleVerdicts:
    """The responses that people judged, the errors that they named, and the metrics held against them."""

    correct: int
    incorrect: int
    interval: tuple[float, float] | None
    """That of the share of correct responses."""
    causes: Mapping[str, int] = field(default_factory=dict)
    """The number of incorrect responses by the error that people name."""
    separations: tuple[SeparationByMetric, ...] = ()
    """The best first."""
