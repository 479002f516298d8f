"""`vlitqa annotate`: people label and mend conversations on a page of this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vlitqa.cli import options

if TYPE_CHECKING:
    from vlitqa.annotation.desk import AnnotationDesk
    from vlitqa.results.annotation import AgreementFigure, AnnotationReport

_Run = Annotated[Path, typer.Argument(help="Folder of a build, or a dataset.")]
_Annotators = Annotated[
    str,
    typer.Option(
        "--annotators",
        help="Names of those who label, separated by commas; each gets a link. Default: those of last time, else one.",
        show_default=False,
    ),
]
_PerItem = Annotated[int, typer.Option("--per-item", min=1, help="Labels of an item that several people see.")]
_Overlap = Annotated[float, typer.Option("--overlap", min=0, max=1, help="Share of items that several people see.")]
_Repeats = Annotated[
    float, typer.Option("--repeats", min=0, max=1, help="Share of items that a person is shown again later.")
]
_Adjudicate = Annotated[
    bool, typer.Option("--adjudicate", help="Give a link to decide items on which others differ. Default: none.")
]
_Gold = Annotated[
    Path | None,
    typer.Option("--gold", help="Lines of JSON with the id and the known quality of items. Default: none."),
]
_Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port of the page; 0 for any that is free.")]
_Export = Annotated[
    Path | None, typer.Option("--export", help="Write all labels into this file and stop. Default: serve the page.")
]
_As = Annotated[
    str, typer.Option("--as", help="Form of an export: parquet, textbind, label-studio or pool (examples to build by).")
]
_Report = Annotated[
    bool, typer.Option("--report", help="Print what all labels come to and stop. Default: serve the page.")
]


def annotate(  # noqa: PLR0913 - one argument for each option
    *,
    run: _Run,
    annotators: _Annotators = "",
    per_item: _PerItem = 2,
    overlap: _Overlap = 1.0,
    repeats: _Repeats = 0.0,
    adjudicate: _Adjudicate = False,
    gold: _Gold = None,
    port: _Port = 8321,
    seed: options.SeedOption = 0,
    report: _Report = False,
    export: _Export = None,
    form: _As = "parquet",
    json: options.JsonOption = False,
) -> None:
    """Let people label and mend the conversations of a build on a page of this machine, and see how far they agree."""
    from contextlib import closing

    from vlitqa.annotation.assignment import AssignmentPlan
    from vlitqa.annotation.desk import AnnotationDesk
    from vlitqa.annotation.events import EventStore
    from vlitqa.annotation.items import read_items

    named = _names_in(annotators) if annotators else []
    dataset = read_items(run)
    folder = run if run.is_dir() else dataset.home
    with closing(EventStore(folder)) as store:
        names = named or store.linked_annotators() or ["annotator"]
        plan = AssignmentPlan(annotators=names, per_item=per_item, overlap=overlap, repeats=repeats, seed=seed)
        desk = AnnotationDesk(dataset, plan, store, adjudicate)
        if export:
            _export(desk, export, form)
        elif report or json:
            _report(desk, gold, as_json=json)
        else:
            _serve(desk, port)


def _names_in(text: str) -> list[str]:
    """The names of annotators; raises UsageError where two are equal, or one is none."""
    from vlitqa.annotation.events import ADJUDICATOR
    from vlitqa.errors import UsageError

    names = [name.strip() for name in text.split(",")]
    if not all(names) or any(len(name) > 60 or not name.isprintable() for name in names):
        raise UsageError("--annotators holds a name that is none.", repair="Such as --annotators anna,ben.")
    twice = [name for name in names if names.count(name) > 1]
    if twice or ADJUDICATOR in names:
        name = twice[0] if twice else ADJUDICATOR
        raise UsageError(
            f"Two people cannot both be called {name!r}: their labels could not be told apart.",
            repair="Give each a name of his own.",
        )
    return names


def _serve(desk: AnnotationDesk, port: int) -> None:
    """Serves the page until it is stopped."""
    from vlitqa.backends.model_files import require

    require("starlette", "uvicorn")
    from vlitqa.annotation.serving import serve_page
    from vlitqa.cli import screen

    try:
        serve_page(desk, port, screen.tell)
    except KeyboardInterrupt:
        screen.tell("Stopped.")


def _export(desk: AnnotationDesk, target: Path, form: str) -> None:
    from vlitqa.annotation.exports import EXPORTS, LabelExport
    from vlitqa.annotation.outcomes import outcomes_of, states_of
    from vlitqa.catalogue import suggestion
    from vlitqa.cli import screen
    from vlitqa.errors import UsageError
    from vlitqa.storage.atomic import disk_errors, replacing

    if form not in EXPORTS:
        raise UsageError(f"--as {form!r} is no form of an export.", repair=suggestion(form, EXPORTS))
    if not target.parent.is_dir():
        raise UsageError(f"There is no folder {target.parent}.", repair="Make it, or name another.")
    events, items = desk.store.all_events(), desk.dataset.items
    outcomes = outcomes_of(states_of(events, items), items)
    content = EXPORTS[form](LabelExport(items=items, outcomes=outcomes, events=events))
    with disk_errors(target, "--export FILE"), replacing(target) as file:
        file.write(content)
    screen.tell(f"{target}: {sum(len(outcome.labels) for outcome in outcomes.values()):,} labels")


def _report(desk: AnnotationDesk, gold: Path | None, *, as_json: bool) -> None:
    from vlitqa.annotation.gold_items import read_gold_items
    from vlitqa.annotation.label_report import report_annotation
    from vlitqa.cli import screen

    gold_qualities = read_gold_items(gold) if gold else {}
    result = report_annotation(desk.store.all_events(), desk.dataset.items, desk.plan, gold_qualities)
    if as_json:
        screen.show_json(result)
    else:
        screen.show_facts(_facts_of(result))


def _facts_of(result: AnnotationReport) -> dict[str, object]:
    from reports.numbers import share

    facts: dict[str, object] = {
        "items": f"{result.items:,}, of which {result.labelled:,} have all their labels",
        "labels": {name: f"{count:,}" for name, count in result.by_annotator.items()},
        "qualities": {name: f"{count:,}" for name, count in result.qualities.items()},
    }
    if result.poor_share is not None and result.poor_low is not None and result.poor_high is not None:
        interval = f"[{share(result.poor_low)}, {share(result.poor_high)}]"
        facts["poor"] = f"{share(result.poor_share)} {interval}"
    if result.causes:
        facts["causes"] = {name: f"{count:,}" for name, count in result.causes.items()}
    facts["characteristics"] = {name: f"{count:,}" for name, count in result.characteristics.items()}
    facts["agreement (alpha)"] = {figure.name: _agreement_of(figure) for figure in result.agreement}
    if result.confusions:
        facts["different labels"] = {name: f"{count:,}" for name, count in result.confusions.items()}
    for name, count in (("skipped", result.skipped), ("to be decided", result.disputed)):
        if count:
            facts[name] = f"{count:,}"
    if result.repeated:
        facts["the same person again"] = f"{result.repeated_equal:,} of {result.repeated:,} say the same"
    if result.gold:
        facts["known items"] = f"{result.gold_right:,} of {result.gold:,} labels are right"
    if result.median_seconds is not None:
        facts["median seconds"] = f"{result.median_seconds:.0f}"
    return facts


def _agreement_of(figure: AgreementFigure) -> str:
    from reports.numbers import share

    if figure.alpha is None:
        return f"none: {figure.reason}"
    interval = "" if figure.low is None or figure.high is None else f" [{figure.low:.2f}, {figure.high:.2f}]"
    equal = "" if figure.percent is None else f"; {share(figure.percent)} of pairs are equal"
    return f"{figure.alpha:.2f}{interval} of {figure.items:,} items{equal}"
