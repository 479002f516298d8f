"""Measurements of earlier runs, kept by a digest of everything that could change them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import orjson

from vlitqa.results import WENT_WRONG, Measurement, Status
from vlitqa.storage.keyed_store import KeyedStore, StoreNames

_NAMES = StoreNames("measurement", "The cache", "nothing that was measured is lost.")
_UNCERTAIN = WENT_WRONG | {Status.NOT_MEASURED}
"""Statuses that another try could change: a measurement with one is never kept."""


class Cache:
    """Keeps measurements by key between runs."""

    def __init__(self, folder: Path) -> None:
        self._store = KeyedStore(folder / "measurements.sqlite", _NAMES)

    @property
    def path(self) -> Path:
        """The file of the cache."""
        return self._store.path

    @property
    def note(self) -> str:
        """A sentence about a damaged file that was put aside; empty where none was."""
        return self._store.note

    def get(self, keys: Sequence[bytes]) -> Mapping[bytes, Measurement]:
        """Returns the measurements of the keys that are in the cache; they have no place and no record id."""
        return {key: _unpack(value) for key, value in self._store.get(keys).items()}

    def put(self, measurements: Iterable[tuple[bytes, Measurement]]) -> None:
        """Keeps measurements, all or none of them."""
        certain = ((key, each) for key, each in measurements if each.status not in _UNCERTAIN)
        self._store.put([(key, _pack(measurement)) for key, measurement in certain])

    def close(self) -> None:
        """Closes the file."""
        self._store.close()


def _pack(measurement: Measurement) -> bytes:
    return orjson.dumps((measurement.value, measurement.status.value, measurement.reason, measurement.evidence))


def _unpack(value: bytes) -> Measurement:
    number, status, reason, evidence = orjson.loads(value)
    return Measurement(number, Status(status), reason, evidence)
