"""`vlitqa select`: a subset of the good rows of a scored dataset, and a ledger of all rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vlitqa.algorithms.counted import counted
from vlitqa.cli import options

if TYPE_CHECKING:
    from vlitqa.runs.finished import FinishedRun
    from vlitqa.selection.mixture import SourceYield
    from vlitqa.selection.subset import SelectionOutcome

_Run = Annotated[Path, typer.Argument(help="A run folder that `vlitqa score` wrote.")]
_Rule = Annotated[
    list[str] | None,
    typer.Option(
        "--rule",
        help="Rule for rows to keep: lexical>=1.2, difficulty>=q25, drop:CODE, tasks<=even; repeatable. "
        "Default: none, so name --rules or --budget.",
    ),
]
_Rules = Annotated[
    str, typer.Option("--rules", help="Set of rules; paper: the review's quality control. Default: none.")
]
_Budget = Annotated[
    str,
    typer.Option(
        "--budget",
        help="Most rows to keep: 20% of all or 5000, drawn at random; 20%:matching: the best by a metric. "
        "Default: no limit.",
    ),
]
_Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="File of the subset. Default: a file named `selected` in the run folder."),
]
_Unmeasured = Annotated[str, typer.Option("--unmeasured", help="Rows that a rule cannot judge: keep or drop.")]
_WhatIf = Annotated[
    str,
    typer.Option(
        "--what-if",
        help="Metric whose thresholds are shown with the rows that each keeps; writes nothing. Default: none.",
    ),
]


def select(  # noqa: PLR0913 - one argument for each option
    *,
    run: _Run,
    rule: _Rule = None,
    rules: _Rules = "",
    budget: _Budget = "",
    output: _Output = None,
    dataset: options.MovedDatasetOption = None,
    unmeasured: _Unmeasured = "keep",
    what_if: _WhatIf = "",
    seed: options.SeedOption = 0,
    json: options.JsonOption = False,
) -> None:
    """Write the good rows of a scored dataset, unchanged, and a ledger with the reason for every row."""
    from vlitqa.cli import screen
    from vlitqa.errors import UsageError
    from vlitqa.runs.finished import open_run
    from vlitqa.selection.subset import SelectionRequest, write_selection

    finished = open_run(run)
    if what_if:
        _show_thresholds(finished, what_if, as_json=json)
        return
    if unmeasured not in ("keep", "drop"):
        raise UsageError(f"--unmeasured {unmeasured!r} is neither keep nor drop.", repair="Name one of them.")
    request = SelectionRequest(
        rules=_collect_rules(rule, rules, budget, finished),
        output=output,
        dataset=dataset,
        seed=seed,
        drop_unmeasured=unmeasured == "drop",
    )
    outcome = write_selection(finished, request)
    if outcome.replaced:
        screen.tell(f"The subset of an earlier selection was replaced: {outcome.subset}.")
    if outcome.unscored:
        others = "1 other row was" if outcome.unscored == 1 else f"{outcome.unscored:,} other rows were"
        screen.tell(f"The run measured {finished.card.sample}: {others} never scored, and no subset holds them.")
    _show_outcome(outcome, as_json=json)


def _collect_rules(rule: list[str] | None, rules: str, budget: str, run: FinishedRun) -> list[str]:
    """Collects all rules as texts; shows and leaves out those of a set whose metrics the run has no values of."""
    from vlitqa.cli import screen
    from vlitqa.errors import UsageError
    from vlitqa.selection.notation import FORMS, budget_rule, metric_of_rule
    from vlitqa.selection.rule_sets import rules_of_set

    chosen = list(rule or ())
    if rules:
        of_set = rules_of_set(rules, run)
        chosen += of_set.measured
        for text in of_set.unmeasured:
            screen.tell(f"Without {text}: the run has no values of {metric_of_rule(text)}.")
    if budget:
        chosen.append(budget_rule(budget))
    if not chosen:
        message = f"The run has values for no rule of `{rules}`." if rules else "No rule was given."
        raise UsageError(message, repair=FORMS)
    return chosen


def _show_outcome(outcome: SelectionOutcome, *, as_json: bool) -> None:
    from reports.numbers import share
    from vlitqa.cli import screen

    if as_json:
        screen.show_json(outcome)
        return
    kept = f" ({share(outcome.kept / outcome.rows)})" if outcome.rows else ""
    facts: dict[str, object] = {"kept": f"{outcome.kept:,} of {counted(outcome.rows, 'row')}{kept}"}
    if outcome.dropped:
        facts["dropped by"] = {rule: f"{rows:,}" for rule, rows in outcome.dropped.items()}
    if outcome.unjudged:
        facts["kept unjudged by" if not outcome.strict else "dropped unjudged by"] = {
            rule: f"{rows:,}" for rule, rows in outcome.unjudged.items()
        }
    if outcome.rejected:
        facts["rejected when scored"] = f"{outcome.rejected:,}: in no subset"
    if outcome.sources:
        facts["sources"] = {of.source: _describe_yield(of, outcome.kept) for of in outcome.sources}
    screen.show_facts({**facts, "subset": outcome.subset, "ledger": outcome.ledger})
    if outcome.options:
        screen.show_text(f"To read the subset as its dataset was read, give: {outcome.options}")
    if outcome.tools:
        screen.show_text(f"To measure it with the tools that settings beside the dataset choose, give {outcome.tools}.")


def _describe_yield(of_source: SourceYield, kept: int) -> str:
    """The rows of one source in a subset, their share, and their tokens and images where they were counted."""
    from reports.numbers import share

    rows = f"{counted(of_source.rows, 'row')} ({share(of_source.rows / kept)})"
    if of_source.tokens is None or of_source.images is None:
        return rows
    return f"{rows}; {counted(of_source.tokens, 'token')}, {counted(of_source.images, 'image')}"


def _show_thresholds(run: FinishedRun, metric: str, *, as_json: bool) -> None:
    from vlitqa.cli import screen
    from vlitqa.selection.selecting import what_if

    effects = what_if(run, metric)
    if as_json:
        screen.show_json(effects)
    else:
        facts = {
            f"{metric}{effect.sign}{effect.threshold:.4g} (q{100 * effect.quantile:.0f})": counted(effect.rows, "row")
            for effect in effects
        }
        screen.show_facts(facts or {metric: "no row was measured"})
