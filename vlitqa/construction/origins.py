"""The way of one row, read back from the folder of a build."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
from msgspec import Struct

from vlitqa.catalogue import suggestion
from vlitqa.construction.drafts import RowFault, RowOrigin
from vlitqa.construction.reply_store import KeptReply, ReplyStore
from vlitqa.containers.built import ORIGINS
from vlitqa.errors import FolderIncomplete, UsageError
from vlitqa.runs.damage import damage_errors


class StoredOrigin(Struct, frozen=True, kw_only=True):
    """Where one draft comes from, and what became of it."""

    id: str
    row: int | None
    """The number of its row, counted from 1; None for a draft that was dropped."""
    faults: tuple[RowFault, ...]
    origin: RowOrigin
    exchange: KeptReply | None = None
    """The prompt and the raw reply of a written row."""


def read_origin(folder: Path, row_id: str) -> StoredOrigin:
    """Reads where a row comes from; raises UsageError for an id that no draft has."""
    path = folder / ORIGINS
    if not path.is_file():
        raise FolderIncomplete(f"{folder} is no folder of a build.", repair="Name one: runs/build-NAME-DATE-DIGEST.")
    with damage_errors(path, "Build it again."):
        lines = pq.read_table(path, filters=[("id", "=", row_id)]).to_pylist()
        if not lines:
            ids = pq.read_table(path, columns=["id"]).column(0).to_pylist()
    if not lines:
        raise UsageError(f"No row of the build has the id {row_id!r}.", repair=_suggest(row_id, ids))
    line = lines[0]
    with damage_errors(path, "Build it again."):
        origin = msgspec.json.decode(line["origin"], type=RowOrigin)
    faults = (RowFault(line["code"], line["detail"]),) if line["code"] else ()
    exchange = None
    if origin.writer:
        with closing(ReplyStore(folder)) as store:
            exchange = store.exchange(bytes.fromhex(origin.writer.request))
    return StoredOrigin(id=line["id"], row=line["row"], faults=faults, origin=origin, exchange=exchange)


def _suggest(row_id: str, ids: list[str]) -> str:
    repair = suggestion(row_id, ids)
    return repair if repair.startswith("Did you mean") else f"The first is {ids[0]!r}."
