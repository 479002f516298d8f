"""What the dataset says more than once."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import xxhash

from vlitqa.algorithms.intervals import share_interval
from vlitqa.algorithms.near_duplicates import group_near_texts, minhash_signatures
from vlitqa.algorithms.picture_quality import grey_of, group_near_images, perceptual_hash
from vlitqa.contracts import ALONE, Card, Context
from vlitqa.contracts.tools import Tools
from vlitqa.errors import ImageFault
from vlitqa.metrics.copies import Copies, labels_of_copies
from vlitqa.metrics.parameters import check
from vlitqa.records import ImageRef, Place, Record
from vlitqa.results import Evidence, Figure, Measurement, Status, Summary, Table, unmeasured
from vlitqa.results.findings import finding, in_order

_OK = Status.OK  # looked up once: a member of an enumeration costs as much as half a measurement
_TOP = 10
_SHORT = 80
"""Letters up to which a response is counted with its equals."""
_SIDE = 256
"""Pixels of the shorter edge at which images are compared."""
_FLAT = 2.0
"""Standard deviation of grey values below which every image has the same perceptual hash."""


@dataclass(frozen=True)
class Duplicates:
    """How much of the dataset repeats itself: rows, texts, responses and images, exactly and nearly.

    Measures: in a record, the share of its turns that repeat an earlier one of the same record; in the dataset, the
    share of records that repeat an earlier one.
    Reads: all texts of a record; its images' bytes and, for near copies, their pixels.
    Range: 0 to 1, less is better.
    Caveats: near copies of texts are found by MinHash, which estimates how many of their word triples two texts share,
    within 0.07: of the pairs that are exactly 80 % alike half are linked, of those over 88 % nearly all, of those under
    70 % hardly any. Near copies of images differ in at most 4 of 64 bits of a perceptual hash, which also links
    drawings on one background. Groups chain: two members may be less alike than each is to its neighbour.
    Source: Broder 1997 (MinHash); the review, section 4.2.3, asks for data without repetition.
    """

    card: ClassVar[Card] = Card(name="duplicates", version=2, better="down", highest=1.0, packages=("pillow",))
    near: bool = True
    similarity: float = 0.8
    bits: int = 4

    def __post_init__(self) -> None:
        check(self, shares=("similarity",))

    def measure(self, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
        signed = minhash_signatures([record.text() for record in records]) if self.near else [b""] * len(records)
        return [self._measure(*each, tools) for each in zip(records, signed, strict=True)]

    def combine(self, measurements: Iterable[Measurement], context: Context = ALONE) -> Summary:
        known = _Known()
        for each in measurements:
            known.add(each)
        repeated, same_text = known.exact()
        copies = {"duplicate_row": repeated, "same_text": same_text}
        figures = [
            _share("repeated records", len(repeated), known),
            _share("repeated texts", len(repeated) + len(same_text), known),
        ]
        if self.near:
            copies["near_duplicate_text"] = known.near_texts(self.similarity)
            copies["near_duplicate_image"] = known.near_pictures(self.bits)
            figures.append(_share("near-duplicate texts", len(copies["near_duplicate_text"]), known))
        findings = (finding(code, found) for code, found in copies.items() if found)
        return Summary(
            tuple(figures),
            tables=known.tables() if self.near else (),
            findings=in_order(findings),
            labels=labels_of_copies(copies),
        )

    def _measure(self, record: Record, signature: bytes, tools: Tools) -> Measurement:
        halves: list[str] = []
        for turn in record.turns:
            halves += (turn.instruction or "", turn.response or "")
        text = "\0".join(halves)  # words and who says them
        if not text.strip("\0"):
            return unmeasured(record, Status.EMPTY_TEXT, "the record has no text")
        evidence: dict[str, Any] = {"text": _digest(text)}
        if record.images:
            evidence["images"] = [self._image(ref, tools) for ref in record.images]
        if self.near:
            evidence["responses"] = [response for response in halves[1::2] if 0 < len(response) <= _SHORT]
            if signature:
                evidence["near"] = base64.b85encode(signature).decode()
        repeated = 0.0
        if len(halves) > 2 and len(set(halves[1::2])) * 2 < len(halves):  # only turns of equal responses can be equal
            repeated = 1 - len(set(zip(halves[::2], halves[1::2], strict=True))) * 2 / len(halves)
        return Measurement(repeated, _OK, "", evidence, record.place, record.id)

    def _image(self, ref: ImageRef, tools: Tools) -> list[str]:
        """What identifies an image: its digest, or its name where it cannot be opened; and its perceptual hash."""
        try:
            picture = tools.images.look(ref, _SIDE)
        except ImageFault:
            return [f"name {ref.name}" if ref.data is None else f"data {hashlib.sha256(ref.data).hexdigest()[:16]}"]
        if not self.near:
            return [picture.digest]
        grey = grey_of(picture.pixels)
        if float(grey.std()) < _FLAT:
            return [picture.digest]
        return [picture.digest, f"{perceptual_hash(grey):016x}"]


class _Known:
    """The evidence of a dataset, in the order of its rows whatever the order it came in."""

    def __init__(self) -> None:
        self.left_out: Counter[str] = Counter()
        self._rows: list[tuple[Place, Evidence]] = []

    def add(self, measurement: Measurement) -> None:
        if measurement.value is None:
            self.left_out[measurement.status.value] += 1
        else:
            self._rows.append((measurement.place, measurement.evidence))

    def __len__(self) -> int:
        return len(self._rows)

    def exact(self) -> tuple[Copies, Copies]:
        """Records that repeat text and images of an earlier one, and those that repeat its text alone."""
        self._rows.sort(key=lambda each: each[0].row)
        texts: dict[str, Place] = {}
        rows: dict[str | tuple[str, ...], Place] = {}
        repeated: Copies = {}
        same_text: Copies = {}
        for place, evidence in self._rows:
            text = evidence["text"]
            row = (text, *[identity[0] for identity in evidence["images"]]) if "images" in evidence else text
            if (first := rows.setdefault(row, place)) is not place:
                repeated[place] = first
            elif (first := texts.setdefault(text, place)) is not place:
                same_text[place] = first
        return repeated, same_text

    def near_texts(self, similarity: float) -> Copies:
        """Records whose text is nearly, but not exactly, that of an earlier one."""
        first_of: dict[str, int] = {}
        signed = []
        for position, (_, evidence) in enumerate(self._rows):
            if "near" in evidence and first_of.setdefault(evidence["text"], position) == position:
                signed.append(position)
        if not signed:
            return {}
        groups = group_near_texts([base64.b85decode(self._rows[each][1]["near"]) for each in signed], similarity)
        places = [self._rows[each][0] for each in signed]
        return {places[each]: places[groups[each]] for each in np.flatnonzero(groups != np.arange(len(groups)))}

    def near_pictures(self, bits: int) -> Copies:
        """Records with an image that is nearly, but not exactly, one seen earlier."""
        first: dict[str, tuple[int, Place]] = {}
        for place, evidence in self._rows:
            for identity in evidence.get("images", ()):
                if len(identity) > 1:
                    first.setdefault(identity[0], (int(identity[1], 16), place))
        if not first:
            return {}
        hashes = np.array([each[0] for each in first.values()], np.uint64).view(np.int64)
        groups = group_near_images(hashes, bits)
        places = [each[1] for each in first.values()]
        return {places[each]: places[groups[each]] for each in np.flatnonzero(groups != np.arange(len(groups)))}

    def tables(self) -> tuple[Table, ...]:
        """The short responses that are given most often, and how often images are shared."""
        answers: Counter[str] = Counter()
        images: Counter[str] = Counter()
        for _, evidence in self._rows:
            answers.update(evidence.get("responses", ()))
            images.update({identity[0] for identity in evidence.get("images", ())})
        frequent = sorted(
            ((text, count) for text, count in answers.items() if count > 1), key=lambda each: (-each[1], each[0])
        )
        tables = []
        if frequent:
            tables.append(Table("short responses given most often", ("response", "times"), tuple(frequent[:_TOP])))
        if images:
            shared = sum(count > 1 for count in images.values())
            row = (len(images), shared, max(images.values()))
            tables.append(Table("images", ("distinct", "in several records", "most records of one"), (row,)))
        return tuple(tables)


def _digest(text: str) -> str:
    """64 bits that tell texts apart; no secret depends on them."""
    return xxhash.xxh3_64_hexdigest(text.encode())


def _share(name: str, found: int, known: _Known) -> Figure:
    count = len(known)
    return Figure(
        name,
        "sound",
        found / count if count else None,
        direction="down",
        interval=share_interval(found, count),
        measured=count,
        left_out=dict(known.left_out),
        reason="" if count else "no record has text",
    )
