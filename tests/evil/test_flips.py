"""Random damage to a good file costs the damaged lines and no other."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.given.packing import dialogues, line_of, lines_of, read_bytes
from vlitqa.records import Record, Reject

ROWS = dialogues(300)
CONTENT = lines_of(ROWS)


def _flipped(flips: list[tuple[int, int]]) -> bytes:
    damaged = bytearray(CONTENT)
    for position, mask in flips:
        damaged[position] ^= mask
    return bytes(damaged)


FLIPS = st.lists(
    st.tuples(st.integers(0, len(CONTENT) - 1), st.integers(1, 255)), min_size=1, max_size=3, unique_by=lambda f: f[0]
).filter(lambda flips: not _flipped(flips).startswith(b"["))  # then it would be an array, whatever its lines


def _read(content: bytes) -> list[Record | Reject]:
    with TemporaryDirectory() as folder:
        return read_bytes(Path(folder), content)


def _content(entry: Record | Reject) -> tuple[object, ...]:
    assert isinstance(entry, Record)
    return entry.turns, entry.images, entry.id, entry.placeholders, entry.notes, entry.source


CLEAN = {line_of(row): _content(entry) for row, entry in zip(ROWS, _read(CONTENT), strict=True)}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(FLIPS)
def test_flipped_bytes_cost_their_own_lines_and_no_others(flips: list[tuple[int, int]]) -> None:
    damaged = _flipped(flips)
    lines = [(number, line) for number, line in enumerate(damaged.split(b"\n"), 1) if line.strip()]
    entries = _read(damaged)
    assert [entry.place.line for entry in entries] == [number for number, _ in lines]
    assert [entry.place.row for entry in entries] == list(range(len(lines)))
    untouched = 0
    for (_, line), entry in zip(lines, entries, strict=True):
        assert damaged[entry.place.offset : entry.place.offset + entry.place.length].rstrip(b"\n") == line
        if line in CLEAN:
            assert _content(entry) == CLEAN[line]
            untouched += 1
    assert untouched >= len(ROWS) - 2 * len(flips)
