"""Pairs of datasets that a metric orders as the exams do, and correlations within models or at equal size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reports.blocks import Block, Cell, Fold, Grid, Quantity
from reports.chart_blocks import Dot, Dots
from reports.comparison_sections.stability import coefficient_quantity
from reports.comparison_view import COEFFICIENTS, ComparisonView
from reports.numbers import interval_text, p_text, share
from vlitqa.results.comparison import PairedOrder, PartialCorrelation, RepeatedCorrelation

title = "Order of datasets"
_ORDER_COLUMNS = ("metric", "exam", "ordered alike", "of pairs", "share", "95 % interval")


def build(view: ComparisonView) -> Sequence[Block]:
    """Paired orders beside the noise ceilings, and correlations within models and at equal size."""
    return [*_orders(view), *_ceilings(view), *_repeated(view), *_partial(view)]


def _orders(view: ComparisonView) -> Iterator[Block]:
    orders = view.statistics.orders
    main = sorted((order for order in orders if order.exam == view.main_exam), key=_share, reverse=True)
    if main:
        dots = tuple(_dot(order) for order in main)
        note = (
            "Two datasets drawn at random: how often does the metric prefer the one with the better exam? A coin does "
            "so half of the time. Intervals by drawing datasets anew. Metrics of which less is better are turned round."
        )
        heading = f"share of pairs of datasets ordered as by {view.main_exam}"
        yield Dots(heading, "share of pairs", dots, _level(view), note)
    if orders:
        rows = tuple(_order_cells(order) for order in orders)
        yield Fold("all metrics and exams", (Grid("", _ORDER_COLUMNS, rows),))


def _level(view: ComparisonView) -> Dot:
    """The share of pairs that one seed orders as another does, from Kendall's tau; a coin where it is not known."""
    for ceiling in view.statistics.ceilings:
        if (ceiling.exam, ceiling.method) == (view.main_exam, "kendall") and ceiling.value is not None:
            low, high = ceiling.interval or (ceiling.value, ceiling.value)
            ends = ((1 + low) / 2, (1 + high) / 2) if ceiling.interval else None
            return Dot("noise ceiling: one seed by another", (1 + ceiling.value) / 2, ends)
    return Dot("a coin", 0.5)


def _dot(order: PairedOrder) -> Dot:
    value = _share(order) if order.pairs else None
    return Dot(order.metric, value, order.interval, reason="no two datasets differ in both")


def _share(order: PairedOrder) -> float:
    return order.agreeing / order.pairs if order.pairs else 0.0


def _order_cells(order: PairedOrder) -> tuple[Cell, ...]:
    ends = "" if order.interval is None else f"[{share(order.interval[0])}, {share(order.interval[1])}]"
    portion = Quantity(_share(order), "", is_share=True) if order.pairs else None
    return (order.metric, order.exam, order.agreeing, order.pairs, portion, ends)


def _ceilings(view: ComparisonView) -> Iterator[Block]:
    rows = tuple(
        (
            ceiling.exam,
            COEFFICIENTS.get(ceiling.method, ceiling.method),
            coefficient_quantity(ceiling.value),
            interval_text(ceiling.interval),
            ceiling.pairs_of_seeds,
        )
        for ceiling in view.statistics.ceilings
        if ceiling.value is not None
    )
    if rows:
        note = (
            "How well the exams of one seed predict those of another, as a metric does that is worth one more tuning."
        )
        yield Grid("noise ceilings", ("exam", "coefficient", "value", "95 % interval", "pairs of seeds"), rows, note)


def _repeated(view: ComparisonView) -> Iterator[Block]:
    note = (
        "Each model has its level and all share one slope (repeated measures): a metric cannot look good here because "
        "one model is better than another."
    )
    return _table("correlation within models", "df", view.main_exam, view.statistics.repeated, note)


def _partial(view: ComparisonView) -> Iterator[Block]:
    note = "What is left of a correlation when the size of the datasets is held fixed."
    return _table("correlation at equal size", "datasets", view.main_exam, view.statistics.partial, note)


def _table(
    heading: str,
    count: str,
    main_exam: str,
    pairs: Sequence[RepeatedCorrelation | PartialCorrelation],
    note: str,
) -> Iterator[Block]:
    """The pairs with the main exam, and all others to unfold; those without a value stand among the empty cells."""
    columns = ("metric", "exam", "correlation", "95 % interval", "p", count)
    measured = [pair for pair in pairs if pair.value is not None]
    main = tuple(_pair_cells(pair) for pair in measured if pair.exam == main_exam)
    others = tuple(_pair_cells(pair) for pair in measured if pair.exam != main_exam)
    if main:
        yield Grid(heading, columns, main, note)
    if others:
        yield Fold(f"{heading}, all other exams", (Grid("", columns, others),))


def _pair_cells(pair: RepeatedCorrelation | PartialCorrelation) -> tuple[Cell, ...]:
    value = coefficient_quantity(pair.value or 0.0)
    count = pair.freedom if isinstance(pair, RepeatedCorrelation) else pair.n
    return (pair.metric, pair.exam, value, interval_text(pair.interval), p_text(pair.p), count)
