"""Commands of typer from functions: groups of options become options, and every command takes `--plugin`."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from inspect import Parameter
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

_PluginOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--plugin",
        help="Python file with metrics, formats, tools, benchmarks or models of your own; repeatable. "
        "Default: installed plug-ins.",
    ),
]


def make_command(function: Callable[..., None]) -> Callable[..., None]:
    """A command: each parameter that is a dataclass of options stands for its fields; `--plugin` comes behind."""
    signature = inspect.signature(function, eval_str=True)
    kinds: dict[str, Any] = {name: parameter.annotation for name, parameter in signature.parameters.items()}
    groups = {name: kind for name, kind in kinds.items() if _is_group(kind)}

    def command(*, plugin: list[Path] | None = None, **options: Any) -> None:
        _tell_of_plugins()
        if plugin:
            from vlitqa.api.plugins import use_plugin

            for path in plugin:
                use_plugin(path)
        for name, group in groups.items():
            options[name] = group(**{field.name: options.pop(field.name) for field in fields(group)})
        function(**options)

    option = Parameter("plugin", Parameter.KEYWORD_ONLY, default=None, annotation=_PluginOption)
    parameters = [*_expand(signature), option]
    command.__name__, command.__doc__ = function.__name__, function.__doc__
    command.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command


def _is_group(kind: object) -> bool:
    """True if a parameter of this type stands for several options."""
    return is_dataclass(kind)


def _expand(signature: inspect.Signature) -> Iterator[Parameter]:
    """The parameters of a command, and in place of a group those of its fields."""
    for parameter in signature.parameters.values():
        group = parameter.annotation
        if not _is_group(group):
            yield parameter
            continue
        kinds = get_type_hints(group, include_extras=True)
        for field in fields(group):
            yield Parameter(field.name, Parameter.KEYWORD_ONLY, default=field.default, annotation=kinds[field.name])


def _tell_of_plugins() -> None:
    """Lets a warning of a plug-in that is left out be a sentence like any other."""
    show = warnings.showwarning

    def tell(message: Warning | str, category: type[Warning], *place: Any, **options: Any) -> None:
        from vlitqa.cli import screen
        from vlitqa.plugins.offers import PluginWarning

        if issubclass(category, PluginWarning):
            screen.tell(f"Warning: {message}")
        else:
            show(message, category, *place, **options)

    warnings.showwarning = tell
