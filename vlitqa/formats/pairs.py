"""Pairs of what a user and a model say, an object each: the reading that the rows of COCO_ARC and FineVision share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from vlitqa.errors import RejectedRecord
from vlitqa.formats.conversation import ANSWERER, ASKER, ROLES, SYSTEM, DialogueMessage, messages_of
from vlitqa.formats.fields import text_of, with_placeholders, wrong_type
from vlitqa.records import Place, Record, Row

_NAMES = ("User", "AI", "user", "assistant", "human", "gpt", "system")
_SPEAKERS = {name: ROLES[name] for name in _NAMES}


def is_pair(value: object) -> bool:
    """True for an object in which a user or a model speaks."""
    return isinstance(value, dict) and any(_SPEAKERS.get(key) in (ASKER, ANSWERER) for key in value)


def read_pairs(pairs: Sequence[object], field: str, place: Place) -> Iterator[DialogueMessage]:
    """The messages of the pairs in a field, whatever their order in each; raises RejectedRecord for what is no pair."""
    for position, pair in enumerate(pairs):
        where = f"{field}[{position}]"
        if not isinstance(pair, dict):
            raise wrong_type(where, "an object", pair, place)
        if not is_pair(pair):
            raise RejectedRecord("unknown_role", "neither a user nor a model speaks", field=where, line=place.line)
        keys = {_SPEAKERS[key]: key for key in reversed(pair) if key in _SPEAKERS}  # the first of each role
        for role in (SYSTEM, ASKER, ANSWERER):
            if role in keys:
                key = keys[role]
                yield DialogueMessage(role, text_of(pair[key], f"{where}.{key}", place))


def write_pairs(record: Record, speakers: Mapping[str, str]) -> list[Row]:
    """The turns of a record as pairs, with placeholders for images that the rows of pairs would not find otherwise."""
    if not record.placeholders and not _has_images_inside(record):
        record = replace(record, placeholders=0)  # the images are those of the first instruction anyway
    return [
        {
            speakers[message.role]: with_placeholders(message.text or "", message.offsets)
            for message in messages_of(replace(record, turns=(turn,), system=None if position else record.system))
        }
        for position, turn in enumerate(record.turns)
    ]


def _has_images_inside(record: Record) -> bool:
    """True if an image stands elsewhere than before the first instruction."""
    return any(
        turn.response_images or turn.instruction_offsets or (turn.instruction_images and position)
        for position, turn in enumerate(record.turns)
    )
