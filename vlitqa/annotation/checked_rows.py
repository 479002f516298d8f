"""The rows that people let pass, in the format of their dataset: the gold stage of a mixture, and a part kept apart.

A mended conversation is a row of its own, with an id that says so; the text that a writer wrote stays in the dataset.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import orjson
from msgspec.structs import replace

from vlitqa.algorithms.shuffle_key import shuffle_key
from vlitqa.annotation.items import AnnotatedDataset, item_id_of
from vlitqa.annotation.outcomes import ItemOutcome
from vlitqa.records import Record, Turn
from vlitqa.results.annotation import POOR, EditedMessage

EDITED = "~edited"
"""The end of the id of a row that somebody mended."""
_WHOLE = 1 << 64


def checked_rows(dataset: AnnotatedDataset, outcomes: Mapping[str, ItemOutcome]) -> Iterator[tuple[str, bytes]]:
    """The item and the line of each row whose quality is known and not poor."""
    written = dataset.source.format
    with dataset.source.entries() as entries:
        for entry in entries:
            if not isinstance(entry, Record) or written is None:
                continue
            outcome = outcomes[item_id_of(entry)]
            if outcome.quality not in (None, POOR):
                record = mended_record(entry, outcome.edited) if outcome.edited else entry
                yield outcome.item, orjson.dumps(written.write(record)) + b"\n"


def is_held_out(item: str, share: float, seed: int) -> bool:
    """True for an item of the share that is kept apart for a test; more labels or items change nothing about it."""
    return int.from_bytes(shuffle_key("held out", seed, item)) < share * _WHOLE


def mended_record(record: Record, messages: Sequence[EditedMessage]) -> Record:
    """The record with the messages as somebody wrote them; pictures that he took out are none of its images."""
    shown = [part.picture for message in messages for part in message.parts if part.picture is not None]
    kept = sorted(set(shown)) if shown else list(range(len(record.images)))
    numbers = {picture: number for number, picture in enumerate(kept)}
    halves = [(message.role, *_half_of(message, numbers)) for message in messages]
    turns = []
    for place, (role, text, images, offsets) in enumerate(halves):
        if role == "user":
            turns.append(Turn(text, None, images, (), offsets, ()))
        elif place and halves[place - 1][0] == "user":
            turns[-1] = replace(turns[-1], response=text, response_images=images, response_offsets=offsets)
        else:
            turns.append(Turn(None, text, (), images, (), offsets))
    return replace(
        record,
        turns=tuple(turns),
        images=tuple(record.images[picture] for picture in kept),
        id=f"{item_id_of(record)}{EDITED}",
        source=None,
    )


def _half_of(message: EditedMessage, numbers: Mapping[int, int]) -> tuple[str, tuple[int, ...], tuple[int, ...]]:
    """The text of a message, its images by their new numbers, and the letters before each; outer space is lost."""
    text, images, offsets = "", list[int](), list[int]()
    for part in message.parts:
        if part.picture is None:
            text += part.text
        else:
            images.append(numbers[part.picture])
            offsets.append(len(text))
    stripped, shift = text.strip(), len(text) - len(text.lstrip())
    inside = [min(max(offset - shift, 0), len(stripped)) for offset in offsets]
    return stripped, tuple(images), tuple(inside) if any(inside) else ()
