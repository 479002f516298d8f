"""`vlitqa catalogue`: everything that can be named."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Annotated

import typer

from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from vlitqa.contracts import BenchmarkCard


def catalogue(
    name: Annotated[
        str, typer.Argument(help="metrics, formats, engines, findings, benchmarks; or one metric or benchmark.")
    ] = "",
) -> None:
    """List everything that can be named: metrics, formats, engines, findings, benchmarks."""
    from evaluators.benchmarks.catalogue import BENCHMARKS, load_benchmark
    from vlitqa.catalogue import METRICS, TABLES, faults, load_format, load_metric, suggestion
    from vlitqa.cli import screen
    from vlitqa.cli.settings import parameters_of

    listed = {
        "metrics": {each: _first_line(load_metric(each)) for each in METRICS},
        "formats": {each: _format_line(load_format(each)) for each in TABLES["formats"]},
        "engines": {
            "serial": "Everything in this process.",
            "processes": "Several supervised worker processes.",
            "ray": "Workers on the Ray cluster that RAY_ADDRESS names, or on this machine; needs vlitqa[ray].",
        },
        "findings": {code: f"{fault.severity}: {fault.meaning}" for code, fault in faults().items()},
        "benchmarks": {each: _benchmark_line(load_benchmark(each).card) for each in BENCHMARKS},
    }
    if name in METRICS:
        metric = load_metric(name)
        given = ", ".join(f"{each}={value}" for each, value in parameters_of(metric).items())
        told = f"\nParameters (--set {name}.PARAMETER=VALUE): {given}" if given else ""
        screen.show_text(inspect.cleandoc(metric.__doc__ or "") + told)
    elif name in BENCHMARKS:
        screen.show_facts(_benchmark_facts(load_benchmark(name).card))
    elif name in listed:
        screen.show_lists({name: listed[name]})
    elif not name:
        screen.show_lists(listed)
    else:
        known = dict.fromkeys([*listed, *METRICS, *BENCHMARKS])
        raise UsageError(f"The catalogue has no {name!r}.", repair=suggestion(name, known))


def _first_line(thing: object) -> str:
    return inspect.cleandoc(type(thing).__doc__ or "").partition("\n")[0]


def _format_line(thing: object) -> str:
    from vlitqa.formats.flat import FlatFormat

    return thing.describe() if isinstance(thing, FlatFormat) else _first_line(thing)


def _benchmark_facts(card: BenchmarkCard) -> dict[str, object]:
    parts = {part or "all": f"{size:,}" for part, size in {**card.sizes, **card.optional_sizes}.items()}
    facts = {"benchmark": card.title, "headline": card.headline, "rules": ", ".join(card.rules)}
    return {**facts, "below --data-root": ", ".join(card.files) or "nothing", "questions": parts or "not settled"}


def _benchmark_line(card: BenchmarkCard) -> str:
    rules = ", ".join(card.rules)
    return f"{card.title}: {card.headline} ({rules})" + (f"; {', '.join(card.files)}" if card.files else "")
