"""`vlitqa agreement`: the agreement of raters, and of the quality of data with what models learn from it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vlitqa.api import choices
from vlitqa.cli import options
from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from evaluators.agreement.score_tables import DatasetScores, Ratings
    from vlitqa.results.agreement import Agreement, Correlation, QualityCorrelations, RaterAgreement

_FORM_COLUMNS = ("form", "ICC", "95 % interval", "F", "df", "p", "Koo & Li", "meaning")
_PAIR_COLUMNS = ("quality", "exam", "n", "r", "95 % interval", "p", "p (t)", "Holm", "BH", "without one", "")
_VISIBLE_CHANGE = 0.0005
"""Changes of a correlation below this are not shown: three decimals hide them."""


_Table = Annotated[
    Path,
    typer.Argument(
        help="CSV file with columns target, rater, score; or with a row for each dataset and columns of --quality "
        "and --exams."
    ),
]
_Quality = Annotated[
    list[str] | None,
    typer.Option(
        "--quality", help="Columns of quality, separated by commas; repeatable. Default: the file holds ratings."
    ),
]
_Exams = Annotated[
    list[str] | None,
    typer.Option("--exams", help="Columns of exams, separated by commas; repeatable. Default: the file holds ratings."),
]
_Method = Annotated[str, typer.Option("--method", help="Correlation: pearson, spearman or kendall.")]
_Output = Annotated[
    Path | None, typer.Option("--output", help="Folder for the result, such as a run's. Default: it is only shown.")
]


def agreement(  # noqa: PLR0913 - one argument for each option
    *,
    table: _Table,
    quality: _Quality = None,
    exams: _Exams = None,
    method: _Method = "spearman",
    markdown: options.MarkdownOption = False,
    latex: options.LatexOption = False,
    output: _Output = None,
    seed: options.SeedOption = 0,
    json: options.JsonOption = False,
) -> None:
    """Compute the agreement of raters (intraclass correlation), or the correlation of quality with exams."""
    from evaluators.agreement.correlation import METHODS
    from evaluators.agreement.score_tables import Ratings, read_score_table
    from evaluators.exams.folder import write_agreement
    from vlitqa.catalogue import suggestion
    from vlitqa.cli import screen
    from vlitqa.results.agreement import RaterAgreement

    if method not in METHODS:
        raise UsageError(f"There is no correlation {method!r}.", repair=suggestion(method, dict.fromkeys(METHODS)))
    writer = options.choose_writer(markdown=markdown, latex=latex, as_json=json)
    scores = read_score_table(table, choices.split_names(quality), choices.split_names(exams))
    result = _agree(scores) if isinstance(scores, Ratings) else _correlate(scores, method, seed)
    if output:
        write_agreement(output, result)
    if json:
        screen.show_json(result)
    elif isinstance(result, RaterAgreement):
        _show_agreement(result, writer)
    else:
        _show_correlations(result, writer)


def _agree(ratings: Ratings) -> RaterAgreement:
    from evaluators.agreement.icc import intraclass_correlations
    from vlitqa.results.agreement import RaterAgreement

    return RaterAgreement(len(ratings.targets), ratings.raters, intraclass_correlations(ratings.scores))


def _correlate(table: DatasetScores, method: str, seed: int) -> QualityCorrelations:
    from evaluators.agreement.correlation import correlations
    from vlitqa.results.agreement import QualityCorrelations

    pairs = correlations(table.datasets, table.quality, table.exams, method, seed)
    return QualityCorrelations(table.datasets, method, tuple(pairs))


def _show_agreement(result: RaterAgreement, writer: str) -> None:
    from evaluators.agreement.icc import ICC_FORMS
    from vlitqa.cli import screen

    rows = [[*_form_cells(form), ICC_FORMS[form.form]] for form in result.agreement]
    if writer:
        _write(writer, _FORM_COLUMNS, rows)
        return
    screen.show_text(f"{result.targets} targets, {len(result.raters)} raters: {', '.join(result.raters)}")
    screen.console().print(screen.grid(_FORM_COLUMNS, rows, numbers=range(1, 6)))
    screen.show_text(
        "A: differences between raters count; C: only their order and distances do. k: of the mean of all raters. "
        "The word is read off the interval.\n"
    )


def _form_cells(form: Agreement) -> list[str]:
    if form.value is None:
        return [form.form, "n/a", "", "", "", "", form.reason]
    test = ["", "", ""] if form.f is None else [f"{form.f:.3f}", _freedom(form.freedom), _p(form.p)]
    return [form.form, f"{form.value:.4f}", _interval(form.interval), *test, form.word or form.reason]


def _freedom(freedom: tuple[float, float] | None) -> str:
    return ", ".join(f"{degrees:.4g}" for degrees in freedom or ())


def _show_correlations(result: QualityCorrelations, writer: str) -> None:
    from reports.numbers import stars_of
    from vlitqa.cli import screen
    from vlitqa.results.agreement import FEW_DATASETS

    exams = list(dict.fromkeys(pair.second for pair in result.correlations))
    cells = {(pair.first, pair.second): _cell(pair, stars_of(pair.p)) for pair in result.correlations}
    qualities = dict.fromkeys(pair.first for pair in result.correlations)
    rows = [[quality, *(cells[quality, exam] for exam in exams)] for quality in qualities]
    if writer:
        _write(writer, ("", *exams), rows)
        return
    screen.show_text(f"{len(result.datasets)} datasets, {result.method}: value (p), *** p < 0.01, ** < 0.05, * < 0.1")
    screen.console().print(screen.grid(("", *exams), rows, numbers=range(1, len(exams) + 1)))
    pairs = [_pair_cells(pair) for pair in result.correlations]
    screen.console().print(screen.grid(_PAIR_COLUMNS, pairs, numbers=range(2, 9)))
    screen.show_text(
        "p: by permutation; p (t): by Student's t, as papers print it; Holm, BH: p corrected for the number of pairs. "
        "without one: the value without the dataset on which most hangs."
    )
    if result.fewest_datasets < FEW_DATASETS:
        screen.show_text(f"Caution: with {result.fewest_datasets} datasets hardly any correlation differs from chance.")
    screen.show_text("")


def _cell(pair: Correlation, stars: str) -> str:
    return "n/a" if pair.value is None else f"{pair.value:+.3f}{stars} ({_p(pair.p)})"


def _pair_cells(pair: Correlation) -> list[str]:
    head = [pair.first, pair.second, str(pair.n)]
    if pair.value is None:
        return [*head, "n/a", "", "", "", "", "", "", pair.reason]
    p_values = [_p(value) for value in (pair.p, pair.p_parametric, pair.p_holm, pair.p_bh)]
    return [*head, f"{pair.value:+.3f}", _interval(pair.interval), *p_values, _without_one(pair, pair.value), ""]


def _without_one(pair: Correlation, value: float) -> str:
    if pair.influential is None:
        return ""
    dataset, rest = pair.influential
    return f"{dataset}: {rest:+.3f}" if abs(rest - value) > _VISIBLE_CHANGE else ""


def _interval(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f"[{interval[0]:.3f}, {interval[1]:.3f}]"


def _p(value: float | None) -> str:
    return "" if value is None else "< 0.001" if value < 0.001 else f"{value:.3f}"


def _write(writer: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from reports.written_tables import WRITERS
    from vlitqa.cli import screen

    screen.show_text(WRITERS[writer](columns, rows, None))
