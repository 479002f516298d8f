"""Plug-ins as a user adds and lists them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

from evaluators.benchmarks.catalogue import BENCHMARKS
from reference_models.catalogue import MODELS
from vlitqa.catalogue import FORMATS, METRICS, TOOLS
from vlitqa.errors import UsageError
from vlitqa.plugins.files import forget_file, name_file
from vlitqa.plugins.offers import Offer, all_offers, offers_of_file
from vlitqa.plugins.tables import LeftOut

PLUGGABLE = (METRICS, FORMATS, *TOOLS.values(), BENCHMARKS, MODELS)
"""The tables to which plug-ins add rows."""


def use_plugin(path: str | Path) -> None:
    """Add what a Python file holds in its tables METRICS, FORMATS, TOOLS, BENCHMARKS and MODELS to the catalogue.

    It holds for this process and all that it starts. Raises UsageError where the file, or anything in it, is unusable.
    """
    file = Path(path)
    name_file(file)
    if reason := _fault(file.absolute()):
        forget_file(file)
        message = f"The plug-in {file} cannot be used: {reason.rstrip('.')}."
        raise UsageError(message, repair="Mend it, or leave it out.")


def _fault(file: Path) -> str:
    """The reason why a file of plug-ins, or anything in it, cannot be used; empty where it can."""
    try:
        origins = {offer.origin for offer in offers_of_file(file)}
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plug-in is foreign code
        return f"{type(error).__name__}: {error}"
    with warnings.catch_warnings(action="ignore"):
        left_out = next((unused for unused in unused_plugins() if unused.offer.origin in origins), None)
    return f"{left_out.offer.kind}, {left_out.offer.name}: {left_out.reason}" if left_out else ""


def used_plugins() -> Iterator[Offer]:
    """What plug-ins added to the catalogue."""
    left_out = {unused.offer for unused in unused_plugins()}
    return (offer for offer in all_offers() if offer not in left_out)


def unused_plugins() -> Iterator[LeftOut]:
    """What plug-ins offer that is left out, and why."""
    for table in PLUGGABLE:
        yield from table.left_out
    for offer in all_offers():
        if not any(table.claims(offer) for table in PLUGGABLE):
            kinds = f"tools are named KIND.NAME, and a KIND is one of {', '.join(TOOLS)}"
            yield LeftOut(offer, kinds if offer.kind == "tools" else f"{offer.kind} are no kind of plug-ins")
