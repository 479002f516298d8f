"""Files of plug-ins, and tables that know only them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vlitqa.plugins.files import forget_file, name_file

SHOUTS = '''
from dataclasses import dataclass
from typing import ClassVar

from vlitqa.contracts import ALONE, Card, FigureName
from vlitqa.results import Figure, Measurement, Summary
from vlitqa.results.evidence import NoEvidence


@dataclass(frozen=True)
class Shouts:
    """Exclamation marks in the responses of a record."""

    card: ClassVar[Card] = Card(name="shouts", version=1, headline=FigureName("exclamation marks", "sound"))
    evidence: ClassVar[type] = NoEvidence

    def measure(self, records, tools):
        return [
            Measurement(float(sum((turn.response or "").count("!") for turn in record.turns)), place=record.place)
            for record in records
        ]

    def combine(self, measurements, context=ALONE):
        values = [measurement.value for measurement in measurements]
        mean = sum(values) / len(values) if values else None
        return Summary((Figure("exclamation marks", "sound", mean, direction="down", measured=len(values)),))


METRICS = {"shouts": Shouts}
'''
"""A metric in a file."""


@contextmanager
def plugin_file(path: Path, content: str = SHOUTS) -> Iterator[Path]:
    """A file of plug-ins that is named in the environment meanwhile."""
    path.write_text(content, encoding="utf-8")
    name_file(path)
    try:
        yield path
    finally:
        forget_file(path)
