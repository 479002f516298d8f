"""Agreement of raters, and correlation of data quality with exams, as typed values with their JSON."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

import msgspec

FEWEST_DATASETS = 4
"""Datasets that a correlation needs: any three lie nearly on a line too often."""
FEW_DATASETS = 8
"""Datasets below which a correlation has to be nearly perfect to be more than chance."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """One form of the intraclass correlation."""

    form: str
    value: float | None
    _: KW_ONLY
    interval: tuple[float, float] | None = None
    f: float | None = None
    freedom: tuple[float, float] | None = None
    """The degrees of freedom of F."""
    p: float | None = None
    """Of the test that nothing but chance orders the targets."""
    word: str = ""
    """Koo & Li's, read off the interval and not off the value."""
    reason: str = ""
    """Why there is no value, or no interval."""


@dataclass(frozen=True, slots=True)
class Correlation:
    """The correlation of one column with another."""

    first: str
    second: str
    method: str
    _: KW_ONLY
    n: int
    """Datasets that have both."""
    value: float | None = None
    interval: tuple[float, float] | None = None
    """95 % by Fisher's z, of Pearson's correlation alone."""
    p: float | None = None
    """By permutation: of every order for up to 8 datasets, of 10,000 drawn ones for more."""
    p_parametric: float | None = None
    """As most papers print it: by Student's t, which takes the columns for draws from a normal distribution."""
    p_holm: float | None = None
    p_bh: float | None = None
    without: tuple[tuple[str, float | None], ...] = ()
    """The same value without each dataset in turn."""
    reason: str = ""
    """Why there is no value."""

    @property
    def influential(self) -> tuple[str, float] | None:
        """The dataset without which the value is furthest from what it is with it, and that value."""
        whole = self.value
        others = [(name, value) for name, value in self.without if value is not None]
        return max(others, key=lambda other: abs(other[1] - whole)) if others and whole is not None else None


@dataclass(frozen=True, slots=True)
class RaterAgreement:
    """The agreement of raters on targets, in all forms."""

    targets: int
    raters: tuple[str, ...]
    agreement: tuple[Agreement, ...]


@dataclass(frozen=True, slots=True)
class QualityCorrelations:
    """The correlations of the quality of datasets with exams, one for each pair of columns."""

    datasets: tuple[str, ...]
    method: str
    correlations: tuple[Correlation, ...]

    @property
    def fewest_datasets(self) -> int:
        """The smallest number of datasets that any of the correlations rests on; 0 where there are none."""
        return min((pair.n for pair in self.correlations), default=0)


AgreementResult = RaterAgreement | QualityCorrelations
"""The content of a file that `vlitqa agreement --output` writes."""


def agreement_from_json(text: bytes) -> AgreementResult:
    """The agreement or the correlations that a file holds; which of both is told by its fields."""
    fields = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    if "agreement" in fields:
        return msgspec.json.decode(text, type=RaterAgreement)
    return msgspec.json.decode(text, type=QualityCorrelations)
