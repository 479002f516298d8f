"""The agreement of models on exams, and of seeds, by the intraclass correlation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reports.blocks import Block, Cell, Fold, Grid, Prose, Quantity
from reports.comparison_view import ComparisonView
from reports.numbers import number, p_text
from vlitqa.results.agreement import Agreement, RaterAgreement

title = "Agreement of models and seeds"
_FORM = "ICC(A,1)"
_COLUMNS = ("ICC", "95 % interval", "Koo & Li", "F", "df", "p", "targets", "raters")


def build(view: ComparisonView) -> Sequence[Block]:
    """A table for the models, by dataset, and one for the seeds, by model."""
    tables = [
        (heading, whose, measured)
        for heading, whose, agreements in (
            ("models as raters of exams", "dataset", view.statistics.agreement_of_models),
            ("seeds as raters of datasets and exams", "model", view.statistics.agreement_of_seeds),
        )
        if (measured := measured_agreements(agreements))
    ]
    if not tables:
        return []
    blocks: list[Block] = [
        Prose(
            f"The tables show {_FORM}, the agreement in value of single ratings by two-way random effects, called "
            "ICC(2,1) by Shrout & Fleiss: models and seeds stand for others that might have been taken, and one of "
            "them is what a reader has. Koo & Li's word is read off the whole interval, not off the value."
        )
    ]
    for table in tables:
        blocks += [_main_table(*table), _all_forms(*table)]
    return blocks


def measured_agreements(agreements: Mapping[str, RaterAgreement]) -> Mapping[str, RaterAgreement]:
    """Those of which any form has a value; the others stand among the empty cells."""
    return {
        name: result for name, result in agreements.items() if any(form.value is not None for form in result.agreement)
    }


def _main_table(heading: str, whose: str, agreements: Mapping[str, RaterAgreement]) -> Grid:
    rows = tuple((name, *_cells(_main_form(result), result)) for name, result in agreements.items())
    return Grid(f"{heading}, {_FORM}", (whose, *_COLUMNS), rows)


def _all_forms(heading: str, whose: str, agreements: Mapping[str, RaterAgreement]) -> Fold:
    rows = tuple(
        (name, form.form, *_cells(form, result)) for name, result in agreements.items() for form in result.agreement
    )
    return Fold(f"{heading}, all forms", (Grid("", (whose, "form", *_COLUMNS), rows),))


def _main_form(result: RaterAgreement) -> Agreement:
    """The form that the main table shows, or the first where that was not computed."""
    lacking = Agreement(_FORM, None, reason="not computed")
    return next((form for form in result.agreement if form.form == _FORM), next(iter(result.agreement), lacking))


def _cells(form: Agreement, result: RaterAgreement) -> tuple[Cell, ...]:
    tail: tuple[Cell, ...] = (result.targets, ", ".join(result.raters))
    if form.value is None:
        return (f"no value: {form.reason}", "", "", None, "", "", *tail)
    freedom = "" if form.freedom is None else ", ".join(map(number, form.freedom))
    f = None if form.f is None else float(f"{form.f:.3g}")
    ends = "" if form.interval is None else f"[{form.interval[0]:.2f}, {form.interval[1]:.2f}]"
    head = (Quantity(form.value, "", text=f"{form.value:.2f}"), ends, form.word or form.reason)
    return (*head, f, freedom, p_text(form.p), *tail)
