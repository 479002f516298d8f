"""A comparison of datasets by the models that learned from them, as typed values with their JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Literal

import msgspec

from vlitqa.results.agreement import Correlation, RaterAgreement

Treatment = Literal["", "quality control", "random subset"]
"""What was done to a dataset: nothing, or what the rules of a selection kept, or as many rows drawn as a control."""
MEAN_EXAM = "mean"
"""The exam of the mean over the headlines of all benchmarks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedDataset:
    """A dataset that models learned from."""

    name: str
    rows: int
    """Those that were learned, equally many in all datasets; 0 where nothing but figures is known."""
    scored: int = 0
    """Those of them that were scored; 0 where all were."""
    digest: str = ""
    run: str = ""
    """The folder of its run."""
    treatment: Treatment = ""
    version_of: str = ""
    """The name of the dataset whose part it is."""


@dataclass(frozen=True, slots=True)
class QualityFigure:
    """One figure of a dataset's quality."""

    dataset: str
    metric: str
    """Its name as tables show it: that of the metric, and of the figure where it is not the headline."""
    value: float | None
    _: KW_ONLY
    direction: str = "none"
    """`up` where more is better, `down` where less is, `none` where neither is."""
    interval: tuple[float, float] | None = None
    reason: str = ""
    """Why there is no value."""


@dataclass(frozen=True, slots=True)
class ExamFigure:
    """What one model, tuned on one dataset by one seed, came to in an exam."""

    dataset: str
    model: str
    seed: int
    exam: str
    """A benchmark, or a part of one, as `seed: Instance Location`; `mean` is the mean of all benchmarks."""
    value: float | None
    _: KW_ONLY
    interval: tuple[float, float] | None = None
    reason: str = ""
    """Why there is no value."""


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """How the loss of one tuning fell."""

    dataset: str
    model: str
    seed: int
    losses: tuple[tuple[float, float], ...]
    """Steps and the mean losses of those around them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The quality of datasets beside the exams of the models that learned from them; a pure value of their figures."""

    title: str
    datasets: tuple[ComparedDataset, ...]
    models: tuple[str, ...]
    seeds: tuple[int, ...]
    exams: tuple[str, ...]
    """In the order of tables: the mean first, then every benchmark followed by its parts."""
    quality: tuple[QualityFigure, ...]
    figures: tuple[ExamFigure, ...]
    curves: tuple[LearningCurve, ...] = ()
    methods: Mapping[str, str] = field(default_factory=dict)
    """Facts for the methods paragraph: versions, presets, recipes, sizes, prompts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedOrder:
    """How many pairs of datasets a metric orders as an exam does; one for which less is better, the other way round."""

    metric: str
    exam: str
    agreeing: int
    pairs: int
    """Those that differ in both."""
    interval: tuple[float, float] | None = None
    """95 % of the share that agrees, by drawing datasets anew; None where all pairs or none agree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseCeiling:
    """How well the exams of one seed predict those of another, as a metric does that is worth one more tuning."""

    exam: str
    method: str
    value: float | None
    """The mean over pairs of seeds of the correlation over datasets, by figures that are means over models."""
    interval: tuple[float, float] | None = None
    """95 %, by drawing datasets anew; None where every draw has one value."""
    pairs_of_seeds: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatedCorrelation:
    """The correlation of a metric with an exam within models: repeated measures, one line for each model."""

    metric: str
    exam: str
    value: float | None
    freedom: int = 0
    interval: tuple[float, float] | None = None
    p: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialCorrelation:
    """The correlation of a metric with an exam that is left when the size of datasets is held fixed."""

    metric: str
    exam: str
    value: float | None
    n: int = 0
    interval: tuple[float, float] | None = None
    p: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentEffect:
    """What quality control changed in an exam, beside what a random subset of the same size changed."""

    dataset: str
    """That whose version was treated."""
    model: str
    exam: str
    treated: float | None
    """Of the rows that were kept, less that of the whole dataset; means over the seeds that all versions have."""
    control: float | None
    """Of the random subset, less that of the whole dataset."""
    interval: tuple[float, float] | None = None
    """95 % of the difference of both, by Student's t over seeds; None where fewer than two seeds have both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonStatistics:
    """All that is computed from a comparison."""

    agreement_of_models: Mapping[str, RaterAgreement]
    """By dataset, as in the review's Table 4: its exams are the targets, and the models the raters."""
    agreement_of_seeds: Mapping[str, RaterAgreement]
    """By model: datasets and exams are the targets, and the seeds the raters."""
    correlations: tuple[Correlation, ...]
    """Of every metric with every exam, whose figures are means over models and seeds, by every method."""
    repeated: tuple[RepeatedCorrelation, ...]
    partial: tuple[PartialCorrelation, ...]
    """Empty where all datasets have one size, or their sizes are not known."""
    orders: tuple[PairedOrder, ...]
    ceilings: tuple[NoiseCeiling, ...]
    effects: tuple[TreatmentEffect, ...]


def comparison_from_json(text: bytes) -> Comparison:
    """The comparison that a file holds; raises ValueError naming the field that is wrong."""
    return msgspec.json.decode(text, type=Comparison)
