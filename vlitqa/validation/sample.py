"""The records that are to be corrupted, in an order that a seed decides: a larger dose holds a smaller one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from msgspec.structs import replace

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
        return sorted(range(len(rows)), key=lambda at: number_drawn(self.seed, rows[at]))

    def chosen(self, dose: float) -> list[int]:
        """The places of a share of the records; those of a smaller dose are the first of them."""
        return self.order()[: self.count(dose)]

    def count(self, dose: float) -> int:
        """How many records a dose is, halves rounded up."""
        return int(dose * len(self.records) + 0.5)

    def with_new(self, new: Mapping[int, Record]) -> Records:
        """All records, those at some places replaced; a row that was read is no longer what a new record says."""
        return tuple(
            replace(new[at], source=None) if at in new and new[at] != record else record
            for at, record in enumerate(self.records)
        )


def number_drawn(seed: int, *parts: object) -> int:
    """A number that a seed and some names decide, the same on any machine."""
    text = " ".join(map(str, (seed, *parts)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
