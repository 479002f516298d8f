"""`vlitqa agreement`: whether raters agree, and whether the quality of data goes with what models learn from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vlitqa.cli import options
from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from evaluators.agreement.correlation import Correlation
    from evaluators.agreement.icc import Agreement
    from evaluators.agreement.score_tables import Comparison, Ratings

_FORMS = ("form", "ICC", "95 % interval", "F", "df", "p", "Koo & Li", "meaning")
_PAIRS = ("quality", "exam", "n", "r", "95 % interval", "p", "p (t)", "Holm", "BH", "without one", "")


def agreement(  # noqa: PLR0913 - one argument for each option
    table: Annotated[
        Path,
        typer.Argument(help="CSV: target, rater, score; or a row for each dataset, with quality and exam columns."),
    ],
    quality: Annotated[
        list[str] | None, typer.Option("--quality", help="Columns of quality, with commas between; repeatable.")
    ] = None,
    exams: Annotated[
        list[str] | None, typer.Option("--exams", help="Columns of exams, with commas between; repeatable.")
    ] = None,
    method: Annotated[str, typer.Option("--method", help="pearson, spearman or kendall.")] = "spearman",
    markdown: options.Markdown = False,
    latex: options.Latex = False,
    output: Annotated[
        Path | None, typer.Option("--output", help="Folder, such as a run's, to keep the result in.")
    ] = None,
    seed: options.Seed = 0,
    json: options.Json = False,
) -> None:
    """Compute the intraclass correlation of ratings, or the correlation of quality with exams."""
    from evaluators.agreement.correlation import METHODS
    from evaluators.agreement.score_tables import Ratings, read_table
    from evaluators.exams.folder import keep_agreement
    from vlitqa.catalogue import suggestion
    from vlitqa.cli import screen

    if method not in METHODS:
        raise UsageError(f"There is no correlation {method!r}.", repair=suggestion(method, dict.fromkeys(METHODS)))
    writer = options.writer_of(markdown, latex, as_json=json)
    found = read_table(table, _names(quality), _names(exams))
    told = _agreement(found) if isinstance(found, Ratings) else _correlations(found, method, seed)
    if output:
        keep_agreement(output, told)
    if json:
        screen.show_json(told)
    elif isinstance(found, Ratings):
        _show_agreement(found, told["agreement"], writer)
    else:
        _show_correlations(found, told, writer)


def _names(texts: Sequence[str] | None) -> list[str]:
    return [name.strip() for name in ",".join(texts or ()).split(",") if name.strip()]


def _agreement(ratings: Ratings) -> dict[str, Any]:
    from evaluators.agreement.icc import agreement as icc

    return {"targets": len(ratings.targets), "raters": list(ratings.raters), "agreement": icc(ratings.scores)}


def _correlations(table: Comparison, method: str, seed: int) -> dict[str, Any]:
    from evaluators.agreement.correlation import correlations

    found = correlations(table.names, table.quality, table.exams, method, seed)
    return {"datasets": list(table.names), "method": method, "correlations": found}


def _show_agreement(ratings: Ratings, found: Sequence[Agreement], writer: str) -> None:
    from evaluators.agreement.icc import FORMS
    from vlitqa.cli import screen

    rows = [[*_form(each), FORMS[each.form]] for each in found]
    if writer:
        _write(writer, _FORMS, rows)
        return
    screen.show_text(f"{len(ratings.targets)} targets, {len(ratings.raters)} raters: {', '.join(ratings.raters)}")
    screen.console().print(screen.grid(_FORMS, rows, numbers=range(1, 6)))
    screen.show_text(
        "A: differences between raters count; C: only their order and distances do. k: of the mean of all raters. "
        "The word is read off the interval.\n"
    )


def _form(each: Agreement) -> list[str]:
    if each.value is None:
        return [each.form, "n/a", "", "", "", "", each.reason]
    test = ["", "", ""] if each.f is None else [f"{each.f:.3f}", _freedom(each.freedom), _p(each.p)]
    return [each.form, f"{each.value:.4f}", _interval(each.interval), *test, each.word or each.reason]


def _freedom(freedom: tuple[float, float] | None) -> str:
    return ", ".join(f"{each:.4g}" for each in freedom or ())


def _show_correlations(table: Comparison, told: Mapping[str, Any], writer: str) -> None:
    from evaluators.agreement.correlation import FEW, stars
    from vlitqa.cli import screen

    found, method = told["correlations"], told["method"]
    exams = [each.name for each in table.exams]
    cells = {(each.first, each.second): _cell(each, stars(each.p)) for each in found}
    rows = [[each.name, *(cells[each.name, exam] for exam in exams)] for each in table.quality]
    if writer:
        _write(writer, ("", *exams), rows)
        return
    screen.show_text(f"{len(table.names)} datasets, {method}: value (p), *** p < 0.01, ** < 0.05, * < 0.1")
    screen.console().print(screen.grid(("", *exams), rows, numbers=range(1, len(exams) + 1)))
    screen.console().print(screen.grid(_PAIRS, [_pair(each) for each in found], numbers=range(2, 9)))
    screen.show_text(
        "p: by permutation; p (t): by Student's t, as papers print it; Holm, BH: p corrected for the number of pairs. "
        "without one: the value without the dataset on which most hangs."
    )
    if (fewest := min((each.n for each in found), default=0)) < FEW:
        screen.show_text(f"Caution: of {fewest} datasets hardly any correlation can be told from chance.")
    screen.show_text("")


def _cell(each: Correlation, marks: str) -> str:
    return "n/a" if each.value is None else f"{each.value:+.3f}{marks} ({_p(each.p)})"


def _pair(each: Correlation) -> list[str]:
    head = [each.first, each.second, str(each.n)]
    if each.value is None:
        return [*head, "n/a", "", "", "", "", "", "", each.reason]
    found = each.influential
    without = f"{found[0]}: {found[1]:+.3f}" if found and abs(found[1] - each.value) > 0.0005 else ""
    p = [_p(value) for value in (each.p, each.p_normal, each.p_holm, each.p_bh)]
    return [*head, f"{each.value:+.3f}", _interval(each.interval), *p, without, ""]


def _interval(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f"[{interval[0]:.3f}, {interval[1]:.3f}]"


def _p(value: float | None) -> str:
    return "" if value is None else "< 0.001" if value < 0.001 else f"{value:.3f}"


def _write(writer: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from reports.written_tables import WRITERS
    from vlitqa.cli import screen

    screen.show_text(WRITERS[writer](columns, rows, None))
