"""How far correlations depend on one dataset, and exams on the seed of a tuning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean, stdev

from reports.blocks import Block, Cell, Fold, Grid, Notice, Quantity
from reports.comparison_view import COEFFICIENTS, ComparisonView, strength
from reports.numbers import signed
from vlitqa.results.agreement import Correlation

title = "Stability"
_MOST = 300
"""The most pairs of a table; the map shows the others."""


def build(view: ComparisonView) -> Sequence[Block]:
    """The correlations without each dataset in turn, and the spread of seeds."""
    return [*_without_each(view), *_seeds(view)]


def _without_each(view: ComparisonView) -> Iterator[Block]:
    for method in view.methods[:1]:
        name = COEFFICIENTS.get(method, method)
        main = view.of_exam(view.main_exam, method)
        others = [pair for pair in view.correlations[method].values() if pair.second != view.main_exam and pair.without]
        others.sort(key=strength, reverse=True)
        note = (
            "A sign flips where the correlation without a dataset points the other way. The influential dataset is the "
            "one that moves it furthest."
        )
        if main:
            yield Grid(f"{name} with {view.main_exam}, without each dataset in turn", _columns(name), _rows(main), note)
        if others:
            shown = others[:_MOST]
            is_all = len(shown) == len(others)
            heading = "all other pairs" if is_all else f"the {_MOST} strongest of {len(others):,} other pairs"
            yield Fold(f"{heading}, without each dataset in turn", (Grid("", _columns(name), _rows(shown)),))


def _columns(name: str) -> tuple[str, ...]:
    return ("metric", "exam", "datasets", name, "least", "greatest", "sign flips", "influential dataset", "without it")


def _rows(pairs: Sequence[Correlation]) -> tuple[tuple[Cell, ...], ...]:
    return tuple(_row(pair, pair.value) for pair in pairs if pair.value is not None)


def _row(pair: Correlation, value: float) -> tuple[Cell, ...]:
    rests = [rest for _, rest in pair.without if rest is not None]
    head: tuple[Cell, ...] = (pair.first, pair.second, pair.n, coefficient_quantity(value))
    if not rests or pair.influential is None:
        return (*head, None, None, None, "", None)
    dataset, rest = pair.influential
    flips = sum(other * value < 0 for other in rests)
    return (
        *head,
        coefficient_quantity(min(rests)),
        coefficient_quantity(max(rests)),
        flips,
        dataset,
        coefficient_quantity(rest),
    )


def coefficient_quantity(value: float) -> Quantity:
    """A correlation as a cell, with its sign and two decimals."""
    return Quantity(value, "", text=signed(value))


def _seeds(view: ComparisonView) -> Iterator[Block]:
    if len(view.comparison.seeds) < 2:
        yield Notice(
            "There is one seed alone. With `--seeds 3` this section says how far exams differ by the seed alone."
        )
        return
    rows: list[tuple[Cell, ...]] = []
    for exam in view.benchmarks:
        means = [mean for dataset in view.datasets if (mean := view.exam_mean(dataset, exam))]
        spreads = [mean.spread for mean in means if mean.spread is not None]
        if not spreads:
            continue
        of_seeds = fmean(spreads)
        of_datasets = stdev([mean.value for mean in means]) if len(means) > 1 else None
        ratio = of_datasets / of_seeds if of_datasets is not None and of_seeds else None
        rows.append((exam, _rounded(of_seeds), _rounded(of_datasets), _rounded(ratio)))
    if rows:
        columns = ("exam", "over seeds", "over datasets", "ratio")
        note = (
            "Standard deviations of means over models. Where the ratio is near 1, an exam tells datasets apart no "
            "better than it tells seeds apart."
        )
        yield Grid("seeds beside datasets", columns, tuple(rows), note)


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.3g}")
