"""`vlitqa --settings FILE`: a TOML file with options of commands, so that a whole run can be kept and given again."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vlitqa.errors import UsageError

_LARGEST_FILE = 65_536


def read_settings(path: Path, commands: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """By command: the values of its parameters, for those that the command line leaves out.

    A table of the file is a command, and a key is an option as it is typed, without the dashes, or an argument. Raises
    UsageError for a file that is none, and for a command or an option that is not there.
    """
    return {
        command: _values(f"{path}, [{command}]", table, _parameters(path, command, commands))
        for command, table in _read_tables(path).items()
    }


def _read_tables(path: Path) -> Mapping[str, Mapping[str, Any]]:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
        if len(content) > _LARGEST_FILE:
            raise UsageError(f"{path} has more than {_LARGEST_FILE:,} bytes.", repair="Name a file of settings.")
        tables = tomllib.loads(content.decode())
    except RecursionError:
        raise UsageError(f"{path} cannot be read (nested too deep).", repair="Mend it.") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read ({error}).", repair="Mend it, or name another.") from None
    for name, table in tables.items():
        if not isinstance(table, dict):
            message = f"{path}: {name} stands in no table of a command."
            raise UsageError(message, repair='Such as [score] above metrics = "light".')
    return tables


def _parameters(path: Path, command: str, commands: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters of a command, by the names that a user types."""
    from vlitqa.catalogue import suggestion

    if command not in commands:
        raise UsageError(f"{path}: there is no command {command!r}.", repair=suggestion(command, commands))
    return {_typed_name(parameter): parameter for parameter in commands[command].params}


def _values(where: str, table: Mapping[str, Any], parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    from vlitqa.catalogue import suggestion

    values = {}
    for key, value in table.items():
        if key not in parameters:
            raise UsageError(f"{where}: there is no option {key!r}.", repair=suggestion(key, parameters))
        parameter = parameters[key]
        several = getattr(parameter, "multiple", False) or parameter.nargs != 1
        values[parameter.name] = _value(f"{where}: {key}", value, several=several)
    return values


def _typed_name(parameter: Any) -> str:
    """The name of an option as it is typed, without its dashes; that of an argument."""
    longest: str = max(parameter.opts, key=len)
    return longest.removeprefix("--")


def _value(where: str, value: Any, *, several: bool) -> Any:
    """A value as the command line would give it; raises UsageError for a list where one is wanted, and for a table."""
    values = value if isinstance(value, list) else [value]
    if any(isinstance(one, list | dict) for one in values) or (isinstance(value, list) and not several):
        wanted = "texts or numbers" if several else "one text, number or truth value"
        raise UsageError(f"{where} takes {wanted}.", repair="Mend the file.")
    plain = [one if isinstance(one, bool | int | float) else str(one) for one in values]
    return plain if several else plain[0]
