"""What people's labels come to, in the words of the terminal and of the page."""

from __future__ import annotations

from collections.abc import Mapping

from reports.numbers import share
from vlitqa.algorithms.counted import counted
from vlitqa.results.annotation import (
    POOR,
    AgreementFigure,
    AnnotationReport,
    ItemShare,
    PoolReport,
)

_LACKS: Mapping[str, str] = {
    "": "three that keep all conditions can be shown",
    "characteristics": "no three with an excellent one have all four characteristics together",
    "excellent": "none is excellent",
    "fewer": "fewer than three",
}
ROUND_COLUMNS = ("round", "with a quality", "poor", "alpha of ranks")


def describe_pool(pool: PoolReport) -> str:
    """The examples that the labels give, and whether the conditions on three of them can be kept."""
    return f"{counted(pool.examples, 'example')}; {_LACKS[pool.relaxed]}"


def describe_share(one: ItemShare) -> str:
    """A share with its interval."""
    if one.share is None:
        return "none"
    interval = "" if one.low is None or one.high is None else f" [{share(one.low)}, {share(one.high)}]"
    return f"{share(one.share)}{interval}"


def describe_alpha(figure: AgreementFigure) -> str:
    """An alpha with its interval; or why there is none."""
    if figure.alpha is None:
        return f"none: {figure.reason}"
    interval = "" if figure.low is None or figure.high is None else f" [{figure.low:.2f}, {figure.high:.2f}]"
    return f"{figure.alpha:.2f}{interval}"


def describe_equal_pairs(figure: AgreementFigure) -> str:
    """The share of pairs of labels that are equal, and of how many items."""
    if figure.percent is None:
        return ""
    return f"{share(figure.percent)} of pairs are equal, {counted(figure.items, 'item')}"


def line_of_round(report: AnnotationReport) -> tuple[str, str, str, str]:
    """A round beside the others, in the order of the columns."""
    decided = sum(quality.items for quality in report.qualities.values())
    ranks = next(figure for figure in report.agreement if figure.name == "quality, ordinal")
    return report.run, f"{decided:,}", describe_share(report.qualities[POOR]), describe_alpha(ranks)
