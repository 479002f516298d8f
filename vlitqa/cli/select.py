"""`vlitqa select`: the rows of a scored dataset that are good enough, and why the others are not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vlitqa.cli import options

if TYPE_CHECKING:
    from vlitqa.runs.finished import FinishedRun
    from vlitqa.selection.subset import SelectionOutcome

PAPER = ("matching>=q25", "accuracy>=0.5", "difficulty>=q25", "responses<=50", "tasks<=even")
"""The review's quality control, section 4.2.3: local rules, then global ones. The thresholds are not the review's."""


def select(  # noqa: PLR0913 - one argument for each option
    run: Annotated[Path, typer.Argument(help="A run folder that `vlitqa score` wrote.")],
    rule: Annotated[
        list[str] | None, typer.Option("--rule", help="lexical>=1.2, difficulty>=q25, drop:CODE, tasks<=even, …")
    ] = None,
    rules: Annotated[str, typer.Option("--rules", help="paper: the review's quality control.")] = "",
    budget: Annotated[str, typer.Option("--budget", help="Keep 20% or 5000 rows; 20%:matching keeps the best.")] = "",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File of the subset; default: in RUN.")] = None,
    dataset: Annotated[Path | None, typer.Option("--dataset", help="The dataset, if it was moved.")] = None,
    unmeasured: Annotated[
        str, typer.Option("--unmeasured", help="keep or drop rows that a rule cannot judge.")
    ] = "keep",
    what_if: Annotated[
        str, typer.Option("--what-if", help="Show what thresholds of a metric keep; write nothing.")
    ] = "",
    seed: options.Seed = 0,
    json: options.Json = False,
) -> None:
    """Keep the good rows of a scored dataset, untouched, and write a ledger of why each stayed or went."""
    from vlitqa.errors import UsageError
    from vlitqa.runs.finished import open_run
    from vlitqa.selection.subset import SelectionRequest, write_selection

    finished = open_run(run)
    if what_if:
        _show_curve(finished, what_if, as_json=json)
        return
    if unmeasured not in ("keep", "drop"):
        raise UsageError(f"--unmeasured {unmeasured!r} is neither keep nor drop.", repair="Name one of them.")
    request = SelectionRequest(
        rules=_rules(rule, rules, budget, finished),
        output=output,
        dataset=dataset,
        seed=seed,
        drop_unmeasured=unmeasured == "drop",
    )
    _show_outcome(write_selection(finished, request), as_json=json)


def _rules(rule: list[str] | None, rules: str, budget: str, run: FinishedRun) -> list[str]:
    """All rules as they are written; those of the paper that the run cannot answer are told and left out."""
    from vlitqa.cli import screen
    from vlitqa.errors import UsageError
    from vlitqa.selection.notation import FORMS, compared_metric

    if rules not in ("", "paper"):
        raise UsageError(f"--rules {rules!r}: there is only `paper`.", repair="Write your own with --rule.")
    chosen = list(rule or ())
    for each in PAPER if rules else ():
        if run.has_values(compared_metric(each)):
            chosen.append(each)
        else:
            screen.tell(f"Without {each}: the run has no values of {compared_metric(each)}.")
    if budget:
        chosen.append(f"budget:{budget}")
    if not chosen:
        told = "The run has values for no rule of `paper`." if rules else "No rule was given."
        raise UsageError(told, repair=FORMS)
    return chosen


def _show_outcome(outcome: SelectionOutcome, *, as_json: bool) -> None:
    from vlitqa.cli import screen

    if as_json:
        screen.show_json(outcome)
        return
    share = f" ({outcome.kept / outcome.rows:.1%})" if outcome.rows else ""
    facts: dict[str, object] = {"kept": f"{outcome.kept:,} of {outcome.rows:,} rows{share}"}
    if outcome.dropped:
        facts["dropped by"] = {rule: f"{rows:,}" for rule, rows in outcome.dropped.items()}
    if outcome.unjudged:
        facts["kept unjudged by" if not outcome.strict else "dropped unjudged by"] = {
            rule: f"{rows:,}" for rule, rows in outcome.unjudged.items()
        }
    if outcome.rejected:
        facts["rejected when scored"] = f"{outcome.rejected:,}: in no subset"
    screen.show_facts({**facts, "subset": outcome.subset, "ledger": outcome.ledger})
    if outcome.images:
        screen.show_text(f"Its images have the names they had: give {outcome.images} to `check` and `score`.")


def _show_curve(run: FinishedRun, metric: str, *, as_json: bool) -> None:
    from vlitqa.cli import screen
    from vlitqa.selection.selecting import what_if

    curve = what_if(run, metric)
    if as_json:
        screen.show_json(curve)
    else:
        facts = {
            f"{metric}{point.sign}{point.threshold:.4g} (q{100 * point.quantile:.0f})": f"{point.rows:,} rows"
            for point in curve
        }
        screen.show_facts(facts or {metric: "no row was measured"})
