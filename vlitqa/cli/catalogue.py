"""`vlitqa catalogue`: everything that can be named on the command line, from the tables and their docstrings."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from vlitqa.cli.option_groups import ReadingOptions
from vlitqa.cli.published_lists import published_names, show_published, show_published_rows
from vlitqa.cli.published_options import PublishedOptions
from vlitqa.errors import ToolMissing, UsageError

if TYPE_CHECKING:
    from vlitqa.contracts import BenchmarkCard
    from vlitqa.plugins.tables import PluggableTable


def catalogue(
    *,
    name: Annotated[
        str,
        typer.Argument(
            help="A list: metrics, formats, engines, tools, profiles, corruptions, findings, benchmarks, "
            "reference-models or plugins; a published one: datasets, models, tasks, textbind-features or "
            "textbind-diversity; or one name of a list. Default: all lists."
        ),
    ] = "",
    published: PublishedOptions,
    reader: ReadingOptions,
) -> None:
    """List all names: metrics, formats, tools and so on; and the datasets, models and tasks that papers print.

    The options belong to the published lists: vlitqa catalogue datasets --where 'inst has SI and rows>=100K'.
    """
    from evaluators.benchmarks.catalogue import BENCHMARKS
    from vlitqa.catalogue import METRICS
    from vlitqa.cli import screen
    from vlitqa.literature.lists import list_meanings

    is_published = name in list_meanings()
    if published.given and not is_published:
        lists = ", ".join(list_meanings())
        raise UsageError(f"{published.given[0]} belongs to the published lists.", repair=f"They are {lists}.")
    if reader != ReadingOptions() and not published.like:
        raise UsageError("--format, --map and --images belong to --like.", repair="Name a dataset: --like DATA.")
    if name in METRICS and not published.given:
        _show_metric(name)
        if is_published:  # of this name is a list, too
            screen.show_text("")
    if is_published:
        show_published(name, published, reader)
    elif name in BENCHMARKS:
        _show_benchmark(name)
    elif name in _LISTS:
        screen.show_lists({name: _LISTS[name]()})
    elif name not in METRICS:
        _show_named(name)


def _show_named(name: str) -> None:
    """Shows a name wherever it stands, or all lists without a name; raises UsageError if it stands nowhere."""
    from vlitqa.catalogue import suggestion
    from vlitqa.cli import screen
    from vlitqa.literature.lists import list_meanings

    lists = {title: list_entries() for title, list_entries in _LISTS.items()}
    if not name:
        screen.show_lists({**lists, "published lists": list_meanings()})
        return
    entries = {title: {name: entries[name]} for title, entries in lists.items() if name in entries}
    screen.show_lists(entries)
    if not show_published_rows(name) and not entries:
        ours = [*lists, *(entry for entries in lists.values() for entry in entries)]
        names = dict.fromkeys([*ours, *list_meanings(), *published_names()])
        raise UsageError(f"The catalogue has no {name!r}.", repair=_suggest(suggestion(name, names)))


def _suggest(repair: str) -> str:
    """Spares a user the list of all names, which is some hundred lines long."""
    return repair if repair.startswith("Did you mean") else "`vlitqa catalogue` lists all names."


def _show_metric(name: str) -> None:
    from vlitqa.api.settings import parameters_of
    from vlitqa.catalogue import METRICS, load_metric
    from vlitqa.cli.screen import show_text

    metric = load_metric(name)
    defaults = ", ".join(f"{parameter}={value}" for parameter, value in parameters_of(metric).items())
    parameters = f"\nParameters (--set {name}.PARAMETER=VALUE): {defaults}" if defaults else ""
    origin = METRICS.origin(name)
    show_text(inspect.cleandoc(metric.__doc__ or "") + parameters + (f"\nFrom the plug-in {origin}." if origin else ""))


def _show_benchmark(name: str) -> None:
    from evaluators.benchmarks.catalogue import load_benchmark
    from vlitqa.cli.screen import show_facts

    card = load_benchmark(name).card
    questions = {part or "all": f"{size:,}" for part, size in {**card.sizes, **card.optional_sizes}.items()}
    show_facts(
        {
            "benchmark": card.title,
            "headline": card.headline,
            "rules": ", ".join(card.rules),
            "below --data-root": ", ".join(card.files) or "nothing",
            "pictures there": " or ".join(card.pictures),
            "questions": questions or "not settled",
            "prompts": {name: prompt.text for name, prompt in card.prompts.items()},
        }
    )


def _list_metrics() -> Mapping[str, str]:
    from vlitqa.catalogue import METRICS, load_metric

    return _with_origins(METRICS, {name: _first_line(type(load_metric(name))) for name in METRICS})


def _list_formats() -> Mapping[str, str]:
    from vlitqa.catalogue import FORMATS, load_format
    from vlitqa.formats.flat import FlatFormat

    formats = {name: load_format(name) for name in FORMATS}
    descriptions = {
        name: format_.describe() if isinstance(format_, FlatFormat) else _first_line(type(format_))
        for name, format_ in formats.items()
    }
    return _with_origins(FORMATS, descriptions)


def _list_engines() -> Mapping[str, str]:
    from vlitqa.catalogue import ENGINES, load_engine

    def describe(name: str) -> str:
        try:
            return _first_line(load_engine(name))
        except ToolMissing as error:
            return f"{error.message} {error.repair}"

    return {name: describe(name) for name in ENGINES}


def _list_tools() -> Mapping[str, str]:
    """The tools of all kinds, each written as `--tool` takes it."""
    from vlitqa.catalogue import TOOLS, load_named

    return {
        f"{kind}={name}": description
        for kind, names in TOOLS.items()
        for name, description in _with_origins(
            names, {name: _first_line(load_named(names, name, kind)) for name in names}
        ).items()
    }


def _list_profiles() -> Mapping[str, str]:
    from vlitqa.backends.profiles import PROFILES

    return {
        name: f"{profile.purpose} "
        + "; ".join(f"{kind}: {' or '.join(tools)}" for kind, tools in profile.candidates.items())
        + "."
        for name, profile in PROFILES.items()
    }


def _list_corruptions() -> Mapping[str, str]:
    from vlitqa.validation.corruptions import CORRUPTIONS

    return {name: _first_line(corruption) for name, corruption in CORRUPTIONS.items()}


def _list_findings() -> Mapping[str, str]:
    from vlitqa.catalogue import faults

    return {code: f"{fault.severity}: {fault.meaning}" for code, fault in faults().items()}


def _list_benchmarks() -> Mapping[str, str]:
    from evaluators.benchmarks.catalogue import BENCHMARKS, load_benchmark

    return _with_origins(BENCHMARKS, {name: _describe_benchmark(load_benchmark(name).card) for name in BENCHMARKS})


def _describe_benchmark(card: BenchmarkCard) -> str:
    rules = ", ".join(card.rules)
    return f"{card.title}: {card.headline} ({rules})" + (f"; {', '.join(card.files)}" if card.files else "")


def _list_reference_models() -> Mapping[str, str]:
    from importlib import import_module

    from reference_models.catalogue import MODELS

    def describe(name: str) -> str:
        """The first line of its room, for ours; of the module or class that a plug-in names."""
        return _first_line(
            MODELS.load(name) if MODELS.origin(name) else import_module(MODELS[name].removesuffix(".presets"))
        )

    return _with_origins(MODELS, {name: describe(name) for name in MODELS})


def _list_plugins() -> Mapping[str, str]:
    """What plug-ins add, and what of them is left out."""
    from vlitqa.api.plugins import unused_plugins, used_plugins

    used = {f"{offer.kind}: {offer.name}": f"used, from {offer.origin}" for offer in used_plugins()}
    unused = {f"{left.offer.kind}: {left.offer.name}": f"left out: {left.reason}" for left in unused_plugins()}
    return {**used, **unused} or {"none": "install a package that adds some, or name a file: --plugin FILE"}


def _with_origins(table: PluggableTable, descriptions: Mapping[str, str]) -> Mapping[str, str]:
    """Names the plug-in behind the description of what comes from one."""
    return {
        name: f"{text} (plug-in {origin})" if (origin := table.origin(name)) else text
        for name, text in descriptions.items()
    }


def _first_line(thing: object) -> str:
    return inspect.cleandoc(thing.__doc__ or "").partition("\n")[0]


_LISTS: Mapping[str, Callable[[], Mapping[str, str]]] = {
    "metrics": _list_metrics,
    "formats": _list_formats,
    "engines": _list_engines,
    "tools": _list_tools,
    "profiles": _list_profiles,
    "corruptions": _list_corruptions,
    "findings": _list_findings,
    "benchmarks": _list_benchmarks,
    "reference-models": _list_reference_models,
    "plugins": _list_plugins,
}
