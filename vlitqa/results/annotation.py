"""What people say of conversations: labels by TextBind's guideline (its Table 2), and what all labels come to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec
from msgspec import Struct

EXCELLENT, SATISFACTORY, POOR = "excellent", "satisfactory", "poor"
QUALITIES: Mapping[str, str] = {
    EXCELLENT: "very interesting, practical or intricate",
    SATISFACTORY: "coherent and reasonable, without an error of fact",
    POOR: "at least one turn is unreasonable in some way: unrealistic, against a picture, broken in form",
}
"""By name, the best first."""
CHARACTERISTICS: Mapping[str, str] = {
    "image creation": "new pictures are shown where they fit",
    "image comparison": "several pictures are combined, related or compared",
    "intrinsic understanding": "objects, colours, shapes and patterns of a picture",
    "extrinsic understanding": "context, feeling, symbols, stories, knowledge of the world",
}
CAUSES: Mapping[str, str] = {
    "mismatch": "a picture does not show what is said of it",
    "incoherence": "turns do not go together",
    "hallucination": "something is claimed that is not so",
    "format": "the form is broken",
    "other": "another reason, said in the note",
}
"""Why a conversation is poor: TextBind's Table 5, and what it has no name for."""
Quality = Literal["excellent", "satisfactory", "poor"]
Characteristic = Literal["image creation", "image comparison", "intrinsic understanding", "extrinsic understanding"]
Cause = Literal["mismatch", "incoherence", "hallucination", "format", "other"]


Relaxed = Literal["", "characteristics", "excellent", "fewer"]
"""What examples have to give up of TextBind's conditions, the first of them first; nothing where they keep them all."""


class DialogueExample(Struct, frozen=True, forbid_unknown_fields=True):
    """A dialogue with the labels that people gave it, as a pool of examples holds it."""

    id: str
    quality: Quality
    characteristics: tuple[Characteristic, ...]
    images: tuple[str, ...]
    """The descriptions of its pictures, in the order of their numbers."""
    dialogue: str
    """In the form of a reply."""


class MessagePart(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A piece of a message: words, or a picture between them."""

    text: str = ""
    picture: int | None = None
    """The number of a picture of the item; None for words."""


class EditedMessage(Struct, frozen=True, forbid_unknown_fields=True):
    """A message as somebody rewrote it."""

    role: Literal["user", "assistant"]
    parts: tuple[MessagePart, ...]


class ItemLabel(Struct, frozen=True, forbid_unknown_fields=True):
    """What one person says of one conversation."""

    quality: Quality
    characteristics: tuple[Characteristic, ...] = ()
    cause: Cause | None = None
    """Why it is poor; None for one that is not."""
    turn: int | None = None
    """The turn that makes it poor, counted from 1."""
    note: str = ""
    edited: tuple[EditedMessage, ...] = ()
    """The whole conversation as it should be; empty where nothing was changed."""


class AgreementFigure(Struct, frozen=True, kw_only=True):
    """How far people agree on one thing."""

    name: str
    alpha: float | None
    low: float | None = None
    high: float | None = None
    percent: float | None = None
    """The share of pairs of labels of one item that are equal."""
    items: int = 0
    """Items with two labels or more."""
    reason: str = ""
    """Why there is no alpha."""


class ItemShare(Struct, frozen=True, kw_only=True):
    """Items of one kind among all of which something is known."""

    items: int
    share: float | None = None
    """None where nothing is known of any item."""
    low: float | None = None
    high: float | None = None
    """Wilson's interval; None for fewer than eight items."""


class AnnotationReport(Struct, frozen=True, kw_only=True):
    """What all labels of a run come to."""

    run: str
    """The name of its dataset."""
    items: int
    labelled: int
    """Items with as many labels as they should have."""
    labels: int
    skipped: int
    by_annotator: Mapping[str, int]
    qualities: Mapping[str, ItemShare]
    """Of items with a quality: the majority of their labels, or what the adjudicator says."""
    causes: Mapping[str, ItemShare]
    """Why items are poor, of all items with a quality (TextBind's Table 5)."""
    characteristics: Mapping[str, ItemShare]
    """Of items that are not poor; TextBind's released analysis divides by all of them."""
    agreement: tuple[AgreementFigure, ...]
    confusions: Mapping[str, int]
    """Pairs of different qualities that one item got, by both names."""
    disputed: int
    """Items that an adjudicator has still to decide."""
    repeated: int = 0
    """Items that somebody labelled twice, unaware."""
    repeated_equal: int = 0
    """Those of them that got the same quality."""
    gold: int = 0
    """Labels of items whose quality is known."""
    gold_right: int = 0
    median_seconds: float | None = None
    """Between an item and its label."""


class PoolReport(Struct, frozen=True, kw_only=True):
    """The examples that rounds of labelling gave for the next build."""

    examples: int
    qualities: Mapping[str, int]
    characteristics: Mapping[str, int]
    relaxed: Relaxed = ""
    """The condition that no three examples keep yet: characteristics, excellent, or fewer for less than three."""


class AnnotationRounds(Struct, frozen=True, kw_only=True):
    """One round of labelling after the other, each of a build of its own, and the pool of examples of them all."""

    rounds: tuple[AnnotationReport, ...]
    pool: PoolReport


def annotation_rounds_from_json(content: bytes) -> AnnotationRounds:
    """Rounds as a folder keeps them; raises msgspec.DecodeError, which names the field that is wrong."""
    return msgspec.json.decode(content, type=AnnotationRounds)
