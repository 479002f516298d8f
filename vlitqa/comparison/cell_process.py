"""A process that does one cell, which is its argument, and tells on its output how far it is.

It computes with one thread, whatever the machine has: kernels round otherwise where threads share the work, and the
numbers of a cell would depend on what else runs. It ends when its input ends, because then nobody waits for it.
`torchrun` starts several that share a cell: the first speaks, and any that meets an error alone.
"""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import dataclass
from typing import BinaryIO

import msgspec

from vlitqa.comparison.cells import CellFailure, TuningCell


class CellLine(msgspec.Struct, frozen=True, tag_field="line", tag="progress"):
    """How far a cell is."""

    text: str


class CellEnd(msgspec.Struct, frozen=True, tag_field="line", tag="end"):
    """A cell is done, but for these failures."""

    failures: tuple[CellFailure, ...]


CellMessage = CellLine | CellEnd


@dataclass(frozen=True, slots=True)
class CellNews:
    """What became of a cell: it went on, or it ended."""

    cell: TuningCell
    line: str = ""
    end: CellEnd | None = None


def cell_argument(cell: TuningCell) -> str:
    """The cell as the argument of its process."""
    return msgspec.json.encode(cell).decode()


def main() -> None:
    """Does the cell in the first argument."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print is no message
    cell = msgspec.json.decode(sys.argv[1], type=TuningCell)
    threading.Thread(target=_end_with_input, daemon=True).start()
    from vlitqa.comparison.cell_work import do_cell  # takes seconds: it loads torch

    failures = do_cell(cell, lambda text: _send(replies, CellLine(text)))
    if failures is None:
        return
    _send(replies, CellEnd(tuple(failures)))
    if failures and cell.computing.processes > 1:
        os._exit(1)  # or the others would wait for this one


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


def _send(replies: BinaryIO, message: CellMessage) -> None:
    replies.write(msgspec.json.encode(message) + b"\n")


if __name__ == "__main__":
    main()
