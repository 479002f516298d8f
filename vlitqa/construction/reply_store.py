"""Every reply of a writer, kept in the folder of its build before it is used: no reply is paid for twice."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec
import zstandard
from msgspec import Struct

from vlitqa.contracts.writers import TokenUsage, WriterReply, WriterRequest
from vlitqa.storage.keyed_store import KeyedStore, StoreNames

REPLIES = "replies.sqlite"
_NAMES = StoreNames("replies", "The store of replies", "what was written so far is kept")


def digest_of_request(request: WriterRequest, fingerprint: str) -> bytes:
    """The digest of a prompt, of how its reply is drawn, and of the writer."""
    return hashlib.sha256(fingerprint.encode() + b"\0" + msgspec.json.encode(request)).digest()


class KeptReply(Struct, frozen=True):
    """A request with the reply to it, both as they were."""

    request: WriterRequest
    reply: WriterReply


class ReplyStore:
    """The replies of one build, each written through to the disk."""

    def __init__(self, folder: Path) -> None:
        self._store = KeyedStore(folder / REPLIES, _NAMES, is_durable=True)
        self.note = self._store.note

    def get(self, keys: Sequence[bytes]) -> list[WriterReply | None]:
        """The replies to requests, by their digests; None where none was kept."""
        stored = self._store.get(keys)
        return [_unpack(stored[key]).reply if key in stored else None for key in keys]

    def exchange(self, key: bytes) -> KeptReply | None:
        """A request and the reply to it, by its digest; None where none was kept."""
        stored = self._store.get([key])
        return _unpack(stored[key]) if key in stored else None

    def put(self, key: bytes, request: WriterRequest, reply: WriterReply) -> None:
        """Keeps a reply with its request; they are on the disk when this returns."""
        self._store.put([(key, zstandard.compress(msgspec.json.encode(KeptReply(request, reply))))])

    def usage(self) -> tuple[int, TokenUsage]:
        """The number of all replies, and their tokens."""
        usages = [usage for content in self._store.values() if (usage := _unpack(content).reply.usage)]
        return len(usages), sum_usages(usages)

    def close(self) -> None:
        """Closes the file."""
        self._store.close()


def replies_kept_in(folder: Path) -> bool:
    """True if a folder holds replies of a build."""
    return (folder / REPLIES).is_file()


def sum_usages(usages: Sequence[TokenUsage]) -> TokenUsage:
    """All tokens of prompts and replies; an estimate if one of them is."""
    return TokenUsage(
        sum(usage.prompt for usage in usages),
        sum(usage.reply for usage in usages),
        is_estimate=any(usage.is_estimate for usage in usages),
    )


def _unpack(content: bytes) -> KeptReply:
    return msgspec.json.decode(zstandard.decompress(content), type=KeptReply)
