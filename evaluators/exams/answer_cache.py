"""Answers that models gave: kept by a digest of all that they depend on, so that no question is asked twice."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson

from vlitqa.storage.keyed_store import KeyedStore, StoreNames

_NAMES = StoreNames("answer", "The cache of answers", "no question that was answered is asked again.")


def answer_key(identity: str, prompt: str, picture: str, wish: object) -> bytes:
    """A digest of the model, the prompt, the digest of its picture, and what is wanted, as JSON can hold it."""
    return hashlib.sha256(orjson.dumps([identity, prompt, picture, wish])).digest()


class AnswerCache:
    """Keeps answers by their keys, between runs and for several processes."""

    def __init__(self, folder: Path) -> None:
        self._store = KeyedStore(folder / "answers.sqlite", _NAMES)

    @property
    def note(self) -> str:
        """A sentence about a damaged file that was put aside; empty where none was."""
        return self._store.note

    def get(self, keys: Sequence[bytes]) -> Mapping[bytes, str]:
        """The answers that are there."""
        return {key: value.decode() for key, value in self._store.get(keys).items()}

    def put(self, answers: Mapping[bytes, str]) -> None:
        """Keeps answers, all or none of them."""
        self._store.put([(key, answer.encode()) for key, answer in answers.items()])

    def close(self) -> None:
        """Closes the file."""
        self._store.close()
