"""Examples in context: records with their images that are shown before the one in question."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from msgspec.structs import replace

from vlitqa.records import Record, Turn


def show_examples(record: Record, examples: Iterable[Record]) -> Record:
    """The record with the turns and images of the examples before its own."""
    shown = [*examples, record]
    firsts = [sum(len(earlier.images) for earlier in shown[:number]) for number in range(len(shown))]
    turns = [_renumbered(turn, first) for source, first in zip(shown, firsts, strict=True) for turn in source.turns]
    return replace(record, turns=tuple(turns), images=tuple(chain.from_iterable(source.images for source in shown)))


def _renumbered(turn: Turn, first: int) -> Turn:
    """The turn of a record whose images stand behind so many others."""
    return replace(
        turn,
        instruction_images=tuple(first + image for image in turn.instruction_images),
        response_images=tuple(first + image for image in turn.response_images),
    )
