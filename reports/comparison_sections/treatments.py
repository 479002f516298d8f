"""The effect of quality control on exams, held against that of a random subset of the same size."""

from __future__ import annotations

from collections.abc import Sequence

from reports.blocks import Block, Cell, Fold, Grid, Quantity
from reports.chart_blocks import Dot, Dots
from reports.comparison_view import ComparisonView
from reports.numbers import number
from vlitqa.results.comparison import TreatmentEffect

title = "Effect of quality control"
_COLUMNS = ("dataset", "model", "exam", "quality control", "random subset", "difference", "95 % interval")


def build(view: ComparisonView) -> Sequence[Block]:
    """The changes of the main exam, and all others to unfold; none where nothing was treated."""
    effects = view.statistics.effects
    main = [effect for effect in effects if effect.exam == view.main_exam]
    others = [effect for effect in effects if effect.exam != view.main_exam]
    blocks: list[Block] = []
    if main:
        note = (
            "Both numbers are changes from the whole dataset, means over seeds. What quality control changed beyond "
            "the random subset is the difference: fewer rows alone change exams too. It has an interval where several "
            "seeds were tuned."
        )
        dots = tuple(dot for effect in main for dot in _dots(effect))
        blocks.append(
            Dots(f"change of {view.main_exam}", "change of the exam from that of the whole dataset", dots, None, note)
        )
        blocks.append(Grid(f"change of {view.main_exam}", _COLUMNS, tuple(map(_cells, main))))
    if others:
        blocks.append(Fold("all other exams", (Grid("", _COLUMNS, tuple(map(_cells, others))),)))
    return blocks


def _dots(effect: TreatmentEffect) -> tuple[Dot, ...]:
    """The changes that are known; one dot without a value where none is."""
    label = f"{effect.dataset}, {effect.model}"
    changes = (("quality control", effect.treated), ("random subset", effect.control))
    dots = tuple(Dot(label, value, group=group) for group, value in changes if value is not None)
    return dots or (Dot(label, None, group=changes[0][0], reason="an exam is missing"),)


def _cells(effect: TreatmentEffect) -> tuple[Cell, ...]:
    has_both = effect.treated is not None and effect.control is not None
    difference = (effect.treated or 0.0) - (effect.control or 0.0) if has_both else None
    ends = effect.interval
    shown = "" if ends is None else f"[{number(_rounded(ends[0]))}, {number(_rounded(ends[1]))}]"
    changes = map(_change, (effect.treated, effect.control, difference))
    return (effect.dataset, effect.model, effect.exam, *changes, shown)


def _change(value: float | None) -> Quantity | None:
    """A change with its sign; None where it is not known."""
    return None if value is None else Quantity(value, "", text=f"{value:+.3g}")


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")
