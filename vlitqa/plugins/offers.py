"""Offers: what installed packages announce by entry points, and files by tables, still unchecked."""

from __future__ import annotations

import hashlib
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from importlib.metadata import Distribution, EntryPoint, distributions
from multiprocessing import parent_process
from pathlib import Path
from typing import Any

from vlitqa.plugins.files import changes, named_files

PLUGIN_KINDS = ("metrics", "formats", "tools", "benchmarks", "models")
"""The kinds of plug-ins: an entry point of the group `vlitqa.KIND`, or a row of the table KIND of a file."""
_DIGEST_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Origin:
    """The package or the file that a plug-in comes from."""

    name: str
    version: str
    """The version of a package; the beginning of a file's SHA-256."""

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A name that a plug-in would add to a table, and how what it stands for is loaded."""

    kind: str
    name: str
    origin: Origin
    load: Callable[[], Any]


class PluginWarning(UserWarning):
    """A plug-in is left out, and why."""


def all_offers() -> tuple[Offer, ...]:
    """The offers of all installed packages, and of the files that the environment names."""
    return (*_installed_offers(), *_file_offers(named_files(), changes()))


def offers_of_file(path: Path) -> tuple[Offer, ...]:
    """The rows of the tables of a file; raises whatever its code raises, and ImportError where it has no table."""
    if not path.is_file():
        raise ImportError("there is no such file")
    if not path.stem.isidentifier() or path.suffix != ".py":
        raise ImportError("it is not named as a module of Python, such as my_metrics.py")
    module = import_module(f"vlitqa.plugins.files.{path.stem}")
    if Path(module.__file__ or "").resolve() != path.resolve():
        raise ImportError(f"{module.__file__} has the same name")
    tables = {kind: table for kind in PLUGIN_KINDS if isinstance(table := getattr(module, kind.upper(), None), dict)}
    if not tables:
        raise ImportError(f"it has no table {' or '.join(kind.upper() for kind in PLUGIN_KINDS)}")
    origin = Origin(path.name, _digest(path))
    return tuple(
        Offer(kind=kind, name=name, origin=origin, load=partial(_give, thing))
        for kind, table in tables.items()
        for name, thing in table.items()
    )


def code_digest(thing: object) -> str:
    """The beginning of the SHA-256 of the file in which a class is defined; empty where there is none."""
    path = getattr(sys.modules.get(getattr(thing, "__module__", "")), "__file__", None)
    return _digest(Path(path)) if path else ""


def warn_of_plugin(text: str) -> None:
    """Warns of a plug-in that is left out; only in the process that a user began."""
    if parent_process() is None:
        warnings.warn(text, PluginWarning, stacklevel=2)


@cache
def _installed_offers() -> tuple[Offer, ...]:
    return tuple(offer for package in _packages_with_offers() for offer in _offers_of_package(package))


def _packages_with_offers() -> Iterator[Distribution]:
    """The first installed package of every name, as Python would import it, if it mentions us in its entry points."""
    names = set()
    for package in distributions():
        if "[vlitqa." not in (package.read_text("entry_points.txt") or ""):
            continue
        name = re.sub(r"[-_.]+", "-", package.metadata["Name"]).lower()
        if name not in names:
            names.add(name)
            yield package


def _offers_of_package(package: Distribution) -> Iterator[Offer]:
    origin = Origin(package.metadata["Name"], package.version)
    for entry in package.entry_points:
        group, _, kind = entry.group.partition(".")
        if group == "vlitqa":
            yield Offer(kind=kind, name=entry.name, origin=origin, load=partial(_load_entry, entry))


def _load_entry(entry: EntryPoint) -> Any:
    return entry.load()


@cache
def _file_offers(files: tuple[Path, ...], _changes: int) -> tuple[Offer, ...]:
    offers: list[Offer] = []
    for path in files:
        try:
            offers += offers_of_file(path)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a plug-in is foreign code
            warn_of_plugin(f"The plug-in {path} is left out: {type(error).__name__}: {error}.")
    return tuple(offers)


def _give(thing: Any) -> Any:
    return thing


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:_DIGEST_DIGITS]
