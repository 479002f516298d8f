"""A comparison on the terminal: the mean exam of each dataset and model, and how metrics order the datasets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from vlitqa.cli import screen
from vlitqa.results.agreement import FEW_DATASETS
from vlitqa.results.comparison import MEAN_EXAM

if TYPE_CHECKING:
    from vlitqa.results.comparison import Comparison, ComparisonStatistics

_WIDEST_NAMES = 60
"""Letters of all names together that stand above the columns of a table."""


def show_comparison(comparison: Comparison, statistics: ComparisonStatistics) -> None:
    """Prints both tables, the noise ceiling, and why cells are empty."""
    page = screen.console()
    columns = ("dataset", "rows", *comparison.models)
    names = _names_of_columns(comparison)
    rows = [
        [
            dataset.name if dataset.name in names else f"{number} {dataset.name}",
            f"{dataset.rows:,}",
            *(_exam_cell(comparison, dataset.name, model) for model in comparison.models),
        ]
        for number, dataset in enumerate(comparison.datasets, 1)
    ]
    title = "mean exam, in percent" + (
        f" ± standard deviation over {len(comparison.seeds)} seeds" if len(comparison.seeds) > 1 else ""
    )
    page.print(screen.grid(columns, rows, numbers=range(1, len(columns)), title=title))
    metrics = list(_metric_rows(comparison, statistics))
    page.print(
        screen.grid(
            ("metric", *names, "pairs ordered as the exam", "tau", "p"), metrics, numbers=range(1, len(names) + 4)
        )
    )
    for sentence in (*_ceiling(statistics), *_cautions(comparison), *_reasons(comparison)):
        page.print(screen.safe(sentence), highlight=False)


def _names_of_columns(comparison: Comparison) -> list[str]:
    """The names of the datasets, or their numbers where names are too long to stand beside each other."""
    names = [dataset.name for dataset in comparison.datasets]
    is_short = sum(map(len, names)) <= _WIDEST_NAMES
    return names if is_short else [str(number) for number in range(1, len(names) + 1)]


def _exam_cell(comparison: Comparison, dataset: str, model: str) -> str:
    """The mean over seeds, and with several how far they lie apart."""
    values = [
        figure.value
        for figure in comparison.figures
        if (figure.dataset, figure.model, figure.exam) == (dataset, model, MEAN_EXAM) and figure.value is not None
    ]
    if not values:
        return "-"
    return f"{fmean(values):.1f}" + (f" ± {stdev(values):.1f}" if len(values) > 1 else "")


def _metric_rows(comparison: Comparison, statistics: ComparisonStatistics) -> Iterator[list[str]]:
    """A row for each metric with a value: its figures, and how it orders pairs of datasets beside the mean exam."""
    values = {(figure.metric, figure.dataset): figure.value for figure in comparison.quality}
    orders = {order.metric: order for order in statistics.orders if order.exam == MEAN_EXAM}
    taus = {
        pair.first: pair for pair in statistics.correlations if (pair.second, pair.method) == (MEAN_EXAM, "kendall")
    }
    for metric in dict.fromkeys(figure.metric for figure in comparison.quality):
        figures = [values.get((metric, dataset.name)) for dataset in comparison.datasets]
        if all(value is None for value in figures):
            continue
        order, tau = orders.get(metric), taus.get(metric)
        pairs = f"{order.agreeing} of {order.pairs}" if order and order.pairs else "-"
        value = "-" if tau is None or tau.value is None else f"{tau.value:+.2f}{_ends(tau.interval)}"
        p = "-" if tau is None or tau.p is None else f"{tau.p:.3f}"
        yield [metric, *("-" if figure is None else f"{figure:.3g}" for figure in figures), pairs, value, p]


def _ends(interval: tuple[float, float] | None) -> str:
    return " [{:+.2f}, {:+.2f}]".format(*interval) if interval else ""


def _ceiling(statistics: ComparisonStatistics) -> Iterator[str]:
    for ceiling in statistics.ceilings:
        if (ceiling.exam, ceiling.method) == (MEAN_EXAM, "kendall"):
            if ceiling.value is None:
                yield f"Noise ceiling: not known, because {ceiling.reason}."
            else:
                yield (
                    f"Noise ceiling: the exams of one seed predict those of another with tau {ceiling.value:+.2f}"
                    f"{_ends(ceiling.interval)}: a metric as good is worth one more tuning."
                )


def _cautions(comparison: Comparison) -> Sequence[str]:
    count = len(comparison.datasets)
    if count >= FEW_DATASETS:
        return ()
    return (f"Caution: with {screen.counted(count, 'dataset')} hardly any correlation differs from chance.",)


def _reasons(comparison: Comparison) -> Iterator[str]:
    """Each reason why figures are missing, once, with how many they are."""
    reasons: dict[str, int] = {}
    for figure in comparison.figures:
        if figure.value is None:
            reasons[figure.reason] = reasons.get(figure.reason, 0) + 1
    for reason, count in reasons.items():
        yield f"No value of {screen.counted(count, 'figure')}: {reason}."
