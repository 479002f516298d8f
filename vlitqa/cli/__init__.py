"""The command line: one file a command; everything heavy is imported when a command runs."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from vlitqa.cli.agreement import agreement
from vlitqa.cli.annotate import annotate
from vlitqa.cli.build import build
from vlitqa.cli.card import card
from vlitqa.cli.catalogue import catalogue
from vlitqa.cli.chat import chat
from vlitqa.cli.check import check
from vlitqa.cli.commands import make_command
from vlitqa.cli.compare import compare
from vlitqa.cli.doctor import doctor
from vlitqa.cli.eval import evaluate
from vlitqa.cli.exit_codes import EXIT_CODES
from vlitqa.cli.gold import gold
from vlitqa.cli.new import new
from vlitqa.cli.report import report
from vlitqa.cli.reproduce import reproduce
from vlitqa.cli.schema import schema
from vlitqa.cli.score import score
from vlitqa.cli.select import select
from vlitqa.cli.shapes import shapes
from vlitqa.cli.stopping import INTERRUPTED, stoppable
from vlitqa.cli.streams import prepare_streams
from vlitqa.cli.tune import tune
from vlitqa.cli.validate import validate
from vlitqa.cli.visual_cache import visual_cache
from vlitqa.engines.threads import limit_threads

app = typer.Typer(
    help="Measures vision-language instruction tuning data, and says what is broken in it.",
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for command in (
    check,
    score,
    gold,
    select,
    validate,
    build,
    annotate,
    report,
    agreement,
    reproduce,
    shapes,
    tune,
    chat,
    visual_cache,
    compare,
    doctor,
    catalogue,
    card,
    schema,
    new,
):
    app.command()(make_command(command))
app.command("eval")(make_command(evaluate))

GARBAGE_THRESHOLDS = (500_000, 20, 100)
"""The garbage collector runs seldom, because a run makes millions of small objects that hold no cycles."""


@app.callback(invoke_without_command=True)
def _prepare(
    context: typer.Context,
    *,
    settings: Annotated[
        Path | None,
        typer.Option(help="TOML file with options of commands, which the command line replaces. Default: none."),
    ] = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if version:
        from vlitqa import __version__

        typer.echo(f"vlitqa {__version__}")
        raise typer.Exit()
    if settings:
        from vlitqa.cli.run_settings import read_settings

        context.default_map = dict(read_settings(settings, context.command.commands))  # type: ignore[attr-defined]


def main() -> None:
    """Runs a command; whatever happens in it ends in a sentence and an exit code, never in a traceback."""
    os.environ.setdefault("PYTHONSAFEPATH", "1")  # or worker processes would import what lies beside the data
    limit_threads()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    prepare_streams()
    try:
        with stoppable():
            _run_command()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - what nobody foresaw ends in a sentence too
        from vlitqa.cli.endings import end_command

        sys.exit(end_command(error))


def _run_command() -> None:
    """Runs a command to its exit, and writes what it printed while an error can still be told."""
    try:
        app()
    finally:
        sys.stdout.flush()
