"""`vlitqa annotate`: people label and mend conversations on a page of this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vlitqa.cli import options

if TYPE_CHECKING:
    from vlitqa.annotation.assignment import AssignmentPlan
    from vlitqa.annotation.desk import AnnotationDesk
    from vlitqa.results.annotation import AnnotationRounds

_Runs = Annotated[
    list[Path],
    typer.Argument(help="Folder of a build, or a dataset; for --report and --as pool several, one for each round."),
]
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
    str,
    typer.Option(
        "--as",
        help="Form of an export: parquet, textbind, label-studio, pool (examples to build by) or rows (those that "
        "people let pass, as data). Default: parquet.",
        show_default=False,
    ),
]
_HoldOut = Annotated[
    float,
    typer.Option(
        "--hold-out",
        min=0,
        max=1,
        help="Share of items that are kept apart for a test: no examples, and rows of a file of their own.",
    ),
]
_Report = Annotated[
    bool, typer.Option("--report", help="Print what all labels come to and stop. Default: serve the page.")
]


def annotate(  # noqa: PLR0913 - one argument for each option
    *,
    runs: _Runs,
    annotators: _Annotators = "",
    per_item: _PerItem = 2,
    overlap: _Overlap = 1.0,
    repeats: _Repeats = 0.0,
    adjudicate: _Adjudicate = False,
    gold: _Gold = None,
    hold_out: _HoldOut = 0.0,
    port: _Port = 8321,
    seed: options.SeedOption = 0,
    report: _Report = False,
    export: _Export = None,
    form: _As = "",
    json: options.JsonOption = False,
) -> None:
    """Let people label and mend the conversations of a build on a page of this machine, and see how far they agree."""
    from vlitqa.annotation.assignment import AssignmentPlan
    from vlitqa.annotation.gold_items import read_gold_items
    from vlitqa.annotation.rounds import report_rounds
    from vlitqa.cli import screen
    from vlitqa.cli.label_exports import ExportRequest, export_labels, refuse_contradictions, refuse_several
    from vlitqa.cli.label_tables import show_rounds

    refuse_contradictions(export, form, report=report)
    names = _names_in(annotators)
    plan = AssignmentPlan(annotators=names, per_item=per_item, overlap=overlap, repeats=repeats, seed=seed)
    with ExitStack() as stack:
        desks = [stack.enter_context(_opened_desk(run, plan, has_adjudicator=adjudicate)) for run in runs]
        if export:
            export_labels(desks, ExportRequest(export, form or "parquet", hold_out))
        elif report or json:
            rounds = report_rounds(desks, hold_out, read_gold_items(gold) if gold else {})
            (screen.show_json if json else show_rounds)(rounds)
            _show_on_page(runs[-1], rounds)
        else:
            refuse_several(desks, "the page")
            _serve(desks[0], port)


@contextmanager
def _opened_desk(run: Path, plan: AssignmentPlan, *, has_adjudicator: bool) -> Iterator[AnnotationDesk]:
    """The desk of a run, for those who are named, or else for those of last time."""
    from vlitqa.annotation.desk import AnnotationDesk
    from vlitqa.annotation.events import EventStore
    from vlitqa.annotation.items import read_items

    dataset = read_items(run)
    with closing(EventStore(run if run.is_dir() else dataset.home)) as store:
        names = plan.annotators or store.served_annotators() or ["annotator"]
        yield AnnotationDesk(dataset, replace(plan, annotators=names), store, has_adjudicator)


def _names_in(text: str) -> list[str]:
    """The names of annotators, none of an empty text; raises UsageError where two are equal, or one is none."""
    from vlitqa.annotation.events import ADJUDICATOR
    from vlitqa.errors import UsageError

    names = [name.strip() for name in text.split(",")] if text else []
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


def _show_on_page(run: Path, rounds: AnnotationRounds) -> None:
    """Puts what the labels come to into the folder of a run, its page and its card; nothing for a dataset alone."""
    from reports.exports.dataset_card import update_card
    from reports.quality import write_report
    from vlitqa.cli import screen
    from vlitqa.results import to_json
    from vlitqa.runs.finished import open_run
    from vlitqa.runs.folder import INFO, LABEL_REPORT
    from vlitqa.storage.atomic import disk_errors, replacing

    if not (run / INFO).is_file():
        return
    with disk_errors(run), replacing(run / LABEL_REPORT) as file:
        file.write(to_json(rounds, indent=True))
    finished = open_run(run)
    screen.tell(f"Page: {write_report(finished)}")
    if finished.build:
        screen.tell(f"Card: {update_card(finished)}")
