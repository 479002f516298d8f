"""Verdicts that were paid for once: the same question is never asked twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson

from vlitqa.contracts.tools import Verdict
from vlitqa.storage.keyed_store import KeyedStore, StoreNames

_NAMES = StoreNames("verdict", "The cache of verdicts", "no answer that was kept is asked for again.")


class VerdictCache:
    """Looks verdicts up by a digest of all that was asked, for all threads of a process and many processes."""

    def __init__(self, folder: Path) -> None:
        self._store = KeyedStore(folder / "verdicts.sqlite", _NAMES)

    @property
    def path(self) -> Path:
        """The file of the cache."""
        return self._store.path

    @property
    def note(self) -> str:
        """A sentence about a damaged file that was put aside; empty where none was."""
        return self._store.note

    def get(self, keys: Sequence[bytes]) -> Mapping[bytes, Verdict]:
        """The verdicts that are there."""
        return {key: _unpack(value) for key, value in self._store.get(keys).items()}

    def put(self, key: bytes, verdict: Verdict) -> None:
        """Keeps a verdict at once, if it has an answer: what could not be answered is asked again."""
        if verdict.answer is not None:
            self._store.put([(key, _pack(verdict))])

    def close(self) -> None:
        """Closes the file."""
        self._store.close()


def _pack(verdict: Verdict) -> bytes:
    return orjson.dumps((verdict.answer, dict(verdict.probabilities)))


def _unpack(value: bytes) -> Verdict:
    answer, probabilities = orjson.loads(value)
    return Verdict(answer, probabilities=probabilities)
