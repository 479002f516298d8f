"""The writer that a user names for a build."""

from __future__ import annotations

from collections.abc import Mapping

from vlitqa.backends.writers.local import CausalWriter
from vlitqa.backends.writers.served import ServedWriter
from vlitqa.catalogue import suggestion
from vlitqa.errors import ToolMissing, UsageError

WriterChoice = CausalWriter | ServedWriter
_NANO = "nano"
_WRITERS: Mapping[str, type[CausalWriter] | type[ServedWriter]] = {
    "server": ServedWriter,
    "causal-lm": CausalWriter,
    _NANO: CausalWriter,
}


def choose_writer(text: str, threads: int, *, has_default: bool) -> WriterChoice:
    """The writer of a text such as `server:URL@MODEL`; without one the nano writer, if it is a default.

    A server is sent as many requests at a time as there are threads. Raises UsageError where there is no writer to
    choose, and ToolMissing for one that lacks something.
    """
    if text in ("", _NANO) and not has_default:
        raise UsageError(
            "A writer is needed: the nano writer makes conversations about drawn shapes alone.",
            repair="Name one: --writer server:URL@MODEL, or --writer causal-lm:FOLDER.",
        )
    name, _, source = (text or _NANO).partition(":")
    if name not in _WRITERS:
        raise UsageError(f"There is no writer {name!r}.", repair=suggestion(name, _WRITERS))
    if (name == _NANO) == bool(source) and name != "server":
        raise UsageError(f"{text!r} names no writer.", repair="Write nano alone, or causal-lm:FOLDER.")
    writer = _WRITERS[name].of(source)
    if lack := writer.missing():
        raise ToolMissing(f"The writer {text or _NANO} cannot be used: {lack.what}.", repair=lack.repair)
    return writer.with_threads(threads) if isinstance(writer, ServedWriter) else writer
