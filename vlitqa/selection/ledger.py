"""The ledger of a selection: the verdict of every rule on every row, with the value and the threshold it rests on."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

LEDGER = "ledger.parquet"
"""The name of its file, or the end of it."""
KEPT, DROPPED, UNMEASURED = "kept", "dropped", "not measured"
"""The verdicts of a rule on a row."""
_SUBSET, _REPLACED = b"vlitqa_subset", b"vlitqa_replaced"
_SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        ("rule", pa.string()),
        ("value", pa.float64()),
        ("threshold", pa.float64()),
        ("verdict", pa.string()),
        ("full", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """The verdict of one rule on one row."""

    row: int
    """Counted from 0."""
    rule: str
    value: float | None
    _: KW_ONLY
    threshold: float | None
    verdict: str
    full: str = ""
    """The label that left no room for a row which was dropped."""


@dataclass(frozen=True, slots=True)
class LedgerMark:
    """What a ledger says of the file that stands beside it: it is written before the file takes its name."""

    subset: str
    """The SHA-256 of the subset that belongs to it."""
    replaced: str = ""
    """The SHA-256 of the subset whose name it took; empty if there was none."""


def ledger_as_parquet(entries: Sequence[LedgerEntry], mark: LedgerMark) -> bytes:
    """Returns the bytes of the ledger's file, in which rows are counted from 1."""
    columns = [
        [entry.row + 1 for entry in entries],
        [entry.rule for entry in entries],
        [entry.value for entry in entries],
        [entry.threshold for entry in entries],
        [entry.verdict for entry in entries],
        [entry.full for entry in entries],
    ]
    schema = _SCHEMA.with_metadata({_SUBSET: mark.subset, _REPLACED: mark.replaced})
    parquet = io.BytesIO()
    pq.write_table(pa.table(columns, schema=schema), parquet, compression="zstd")
    return parquet.getvalue()


def read_ledger_mark(path: Path) -> LedgerMark | None:
    """Returns the mark of a ledger; None for a file that is none."""
    try:
        metadata = pq.read_schema(path).metadata or {}
    except (pa.ArrowException, OSError):
        return None
    if _SUBSET not in metadata:
        return None
    return LedgerMark(metadata[_SUBSET].decode(), metadata.get(_REPLACED, b"").decode())
