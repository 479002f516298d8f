"""`vlitqa new`: the files to begin a plug-in with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vlitqa.errors import UsageError

_What = Annotated[str, typer.Argument(help="Kind of plug-in: metric.")]
_Name = Annotated[str, typer.Argument(help="Name of the metric, as the catalogue and `--metrics` will call it.")]
_Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="New or empty folder. Default: vlitqa-NAME in this one.")
]


def new(*, what: _What, name: _Name, output: _Output = None) -> None:
    """Write a package to begin a metric of your own with: the metric, its test, and how vlitqa finds it."""
    from vlitqa.catalogue import METRICS
    from vlitqa.cli import screen
    from vlitqa.plugins.new_metric import write_new_metric

    if what != "metric":
        repair = (
            "Other plug-ins: docs/plugins.md." if what.rstrip("s") in ("format", "tool", "benchmark", "model") else ""
        )
        raise UsageError(
            f"There is nothing to begin {what!r} with.", repair=repair or "Such as: vlitqa new metric NAME"
        )
    if reason := "there is a metric of this name" if name in METRICS else METRICS.refusal(name):
        raise UsageError(f"The metric cannot be called {name!r}: {reason}.", repair="Choose another name.")
    folder = output or Path(f"vlitqa-{name}")
    for path in write_new_metric(name, folder):
        screen.tell(str(path))
    screen.tell(f"Try it: pip install -e {folder}, then: vlitqa catalogue {name}")
