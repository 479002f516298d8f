"""Findings: which rows have a fault, and the first places of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from vlitqa.records import Place
from vlitqa.results.faults import ERROR, FAULTS, NOTE, WARNING, Fault
from vlitqa.results.figures import FaultyRow, Finding

_SHOWN = 20
"""Places that a finding names."""
_DETAIL_CAP = 200
"""Letters of a detail: a reason may quote the row."""


NEAR_CODES = frozenset(("near_duplicate_text", "near_duplicate_image"))
"""Codes that only a search for near duplicates can find."""


@dataclass(slots=True)
class FaultPlaces:
    """The places that have a fault: their number, and the first of them."""

    rows: int = 0
    first: list[Place] = field(default_factory=list)
    detail: str = ""
    """The reason at the first place."""

    def add(self, place: Place, detail: str = "") -> None:
        """Counts one more place."""
        if not self.rows:
            self.detail = detail
        self.rows += 1
        if len(self.first) < _SHOWN:
            self.first.append(place)

    def finding(self, code: str, fault: Fault | None = None) -> Finding:
        """The finding of a fault at these places; a fault that is not among ours is given."""
        fault = fault or FAULTS.get(code, Fault(ERROR, code, ""))
        places = place_names(self.first)
        return Finding(
            code,
            fault.severity,
            self.rows,
            examples=places,
            meaning=fault.meaning,
            repair=fault.repair,
            detail=f"{places[0]}: {self.detail}"[:_DETAIL_CAP] if self.detail else "",
        )


def finding(code: str, places: Iterable[Place], fault: Fault | None = None) -> Finding:
    """The finding of a fault at the places that have it, in any order; a fault that is not among ours is given."""
    ordered = sorted(places, key=lambda place: place.row)
    return FaultPlaces(len(ordered), ordered[:_SHOWN]).finding(code, fault)


def place_names(places: Sequence[Place]) -> tuple[str, ...]:
    """Lines where each row has its own, and otherwise rows: a file may be one long line, or have none."""
    lines = [(place.file, place.line) for place in places]
    has_lines = all(place.line for place in places) and len(set(lines)) == len(lines)
    if not has_lines or (len(places) == 1 and places[0].line == 1 and places[0].row > places[0].first):
        return tuple(f"{_in_file(place)}row {place.row - place.first + 1}" for place in places)
    return tuple(f"{_in_file(place)}line {place.line}" for place in places)


def place_in_words(place: Place) -> str:
    """A place as a sentence names it: its row, and its line and its byte where the file has them."""
    line = f", line {place.line:,}" if place.line else ""
    byte = f", byte {place.offset:,}" if place.offset else ""
    return f"{_in_file(place)}row {place.row - place.first + 1:,}{line}{byte}"


def _in_file(place: Place) -> str:
    return f"{place.file} " if place.file else ""


@dataclass(frozen=True, slots=True)
class CopyGroup:
    """A row, and those that repeat it in one way; all counted from 0."""

    code: str
    first: int
    copies: tuple[int, ...]


def copy_groups(faulty: Iterable[FaultyRow]) -> list[CopyGroup]:
    """The groups of rows that repeat one row, the largest first."""
    groups: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for copy in faulty:
        if copy.of_row is not None:
            groups[copy.code, copy.of_row].append(copy.row)
    ranked = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return [CopyGroup(code, first, tuple(sorted(rows))) for (code, first), rows in ranked]


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Errors first, then warnings, then notes; the most frequent first."""
    rank = {ERROR: 0, WARNING: 1, NOTE: 2}
    return tuple(sorted(findings, key=lambda finding: (rank[finding.severity], -finding.rows, finding.code)))
