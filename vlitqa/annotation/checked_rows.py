"""The rows that people let pass, in the format of their dataset: the gold stage of a mixture, and a part kept apart.

A mended conversation is a row of its own, with an id that says so; the text that a writer wrote stays in the dataset.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import count

import orjson
from msgspec.structs import replace

from vlitqa.annotation.assignment import chance_of
from vlitqa.annotation.items import AnnotatedDataset, item_id_of
from vlitqa.annotation.outcomes import ItemOutcome
from vlitqa.contracts import Format
from vlitqa.errors import UsageError, VlitqaError
from vlitqa.records import Record, Turn
from vlitqa.results.annotation import POOR, EditedMessage

EDITED = "~edited"
"""The end of the id of a row that somebody mended."""


def checked_rows(dataset: AnnotatedDataset, outcomes: Mapping[str, ItemOutcome]) -> Iterator[tuple[str, bytes]]:
    """The item and the line of each row whose quality is known and not poor.

    Raises UsageError for a row that a line of JSON, or its format, cannot hold.
    """
    taken = {item.id for item in dataset.items}
    with dataset.source.entries() as entries:
        for entry in entries:
            if not isinstance(entry, Record) or dataset.source.format is None:
                continue
            outcome = outcomes[item_id_of(entry)]
            if outcome.quality in (None, POOR):
                continue
            record = entry
            if outcome.edited:
                record = mended_record(entry, outcome.edited, taken)
                taken.add(record.id)
            yield outcome.item, _line_of(record, dataset.source.format)


def _line_of(record: Record, written: Format) -> bytes:
    try:
        return orjson.dumps(written.write(record)) + b"\n"
    except (VlitqaError, ValueError, TypeError, StopIteration, RuntimeError) as error:
        reason = (
            error.message if isinstance(error, VlitqaError) else "its images are no files, or not where it has them"
        )
        raise UsageError(
            f"The row {record.id!r} cannot be written in the format {written.name}: {reason}",
            repair="Undo what was mended in it on the page, or label it poor.",
        ) from None


def is_held_out(item: str, share: float, seed: int) -> bool:
    """True for an item of the share that is kept apart for a test; more labels or items change nothing about it."""
    return chance_of("held out", seed, item) < share


def mended_record(record: Record, messages: Sequence[EditedMessage], taken: AbstractSet[str] = frozenset()) -> Record:
    """The record with the messages as somebody wrote them, under an id that is not taken.

    Its images are those that the messages show, in their order; all of them where it marked no places for any.
    """
    marks_places = any(turn.instruction_images or turn.response_images for turn in record.turns)
    shown = [part.picture for message in messages for part in message.parts if part.picture is not None]
    numbers = count()
    halves = [(message.role, *_half_of(message, numbers)) for message in messages]
    turns = list[Turn]()
    for place, (role, text, images, offsets) in enumerate(halves):
        if role == "user":
            turns.append(Turn(text, None, images, (), offsets, ()))
        elif place and halves[place - 1][0] == "user":
            turns[-1] = replace(turns[-1], response=text, response_images=images, response_offsets=offsets)
        else:
            turns.append(Turn(None, text, (), images, (), offsets))
    name = f"{item_id_of(record)}{EDITED}"
    while name in taken:
        name += EDITED
    pictures = [record.images[picture] for picture in shown] if marks_places or shown else record.images
    return replace(record, turns=tuple(turns), images=tuple(pictures), id=name, source=None)


def _half_of(message: EditedMessage, numbers: Iterator[int]) -> tuple[str, tuple[int, ...], tuple[int, ...]]:
    """The text of a message, its images by their numbers, and the letters before each; outer space is lost."""
    text, images, offsets = "", list[int](), list[int]()
    for part in message.parts:
        if part.picture is None:
            text += part.text
        else:
            images.append(next(numbers))
            offsets.append(len(text))
    stripped, shift = text.strip(), len(text) - len(text.lstrip())
    inside = [min(max(offset - shift, 0), len(stripped)) for offset in offsets]
    return stripped, tuple(images), tuple(inside) if any(inside) else ()
