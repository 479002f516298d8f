"""Records that are to be corrupted, in an order that a seed decides: a larger dose holds a smaller one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from vlitqa.algorithms.shuffle_key import shuffle_key
from vlitqa.records import Record

Records = tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """The records that are to be corrupted, and the order in which they are."""

    records: Records
    labels: tuple[str, ...]
    """The task of each record; empty where it is not known."""
    seed: int = 0

    def order(self) -> list[int]:
        """The places of all records, shuffled by the seed and their rows alone."""
        rows = [record.place.row for record in self.records]
        return sorted(range(len(rows)), key=lambda place: seeded_number(self.seed, rows[place]))

    def places_of(self, dose: float) -> list[int]:
        """The places of a share of the records; those of a smaller dose are the first of them."""
        return self.order()[: self.count(dose)]

    def count(self, dose: float) -> int:
        """The number of records that a dose is, halves rounded up."""
        return int(dose * len(self.records) + 0.5)

    def with_replaced(self, replacements: Mapping[int, Record]) -> Records:
        """All records, some of them replaced by place; a replaced record has lost the row that it was read from."""
        return tuple(
            replace(replacements[place], source=None) if replacements.get(place, record) != record else record
            for place, record in enumerate(self.records)
        )


def seeded_number(seed: int, *parts: object) -> int:
    """A number that a seed and some names decide, the same on any machine."""
    return int.from_bytes(shuffle_key(seed, *parts))
