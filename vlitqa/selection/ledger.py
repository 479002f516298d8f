"""The ledger of a selection: the verdict of every rule on every row, with the value and the threshold it rests on."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass

import pyarrow as pa
import pyarrow.parquet as pq

LEDGER = "ledger.parquet"
"""The name of its file, or the end of it."""
KEPT, DROPPED, UNMEASURED = "kept", "dropped", "not measured"
"""The verdicts of a rule on a row."""
_SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        ("rule", pa.string()),
        ("value", pa.float64()),
        ("threshold", pa.float64()),
        ("verdict", pa.string()),
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


def ledger_as_parquet(entries: Sequence[LedgerEntry]) -> bytes:
    """Returns the bytes of the ledger's file, in which rows are counted from 1."""
    columns = [
        [entry.row + 1 for entry in entries],
        [entry.rule for entry in entries],
        [entry.value for entry in entries],
        [entry.threshold for entry in entries],
        [entry.verdict for entry in entries],
    ]
    parquet = io.BytesIO()
    pq.write_table(pa.table(columns, schema=_SCHEMA), parquet, compression="zstd")
    return parquet.getvalue()
