"""Duplicates: what a dataset says more than once."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import msgspec
import numpy as np
import xxhash

from vlitqa.algorithms.arrays import Ints
from vlitqa.algorithms.near_duplicates import group_near_texts, minhash_signatures
from vlitqa.algorithms.picture_quality import group_near_images
from vlitqa.contracts import ALONE, Card, Context, FigureName
from vlitqa.contracts.tools import Tools
from vlitqa.metrics.image_identity import identity_of
from vlitqa.metrics.parameters import check_parameters
from vlitqa.records import Place, Record
from vlitqa.results import Evidence, FaultyRow, Figure, Measurement, Status, Summary, Table, unmeasured
from vlitqa.results.evidence import DuplicatesEvidence, TypedEvidence, all_evidence_of
from vlitqa.results.faults import COPY_FAULTS
from vlitqa.results.findings import finding, worst_first

_OK = Status.OK  # looked up once: a member of an enumeration costs as much as half a measurement
_TOP = 10
_SHORT = 80
"""Letters up to which a response is counted with its equals."""
_SHARES = {
    "repeated records": "of records repeat an earlier one",
    "repeated texts": "of records repeat the text of an earlier one",
    "near-duplicate texts": "of records repeat the text of an earlier one, exactly or nearly",
}
_Copies = dict[Place, Place]  # from the place of each copy to that of its original


@dataclass(frozen=True)
class Duplicates:
    """Share of the dataset that repeats itself: rows, texts, responses and images, exactly and nearly.

    Measures: in a record, the share of its turns that repeat an earlier one of the same record; in the dataset, the
    share of records that repeat an earlier one.
    Reads: all texts of a record; its images' bytes and, for near copies, their pixels.
    Range: 0 to 1, less is better.
    Caveats: near copies of texts are found by MinHash, which estimates the share of word triples that two texts have in
    common, within 0.07. Half of the pairs that are exactly 80 % alike are linked, nearly all over 88 %, and hardly any
    under 70 %. Near copies of images differ in at most 4 of 64 bits of a perceptual hash, which also links drawings on
    one background. Groups are chains: two members may be less alike than neighbours in the chain.
    Source: Broder 1997 (MinHash); no paper defines these shares.
    """

    card: ClassVar[Card] = Card(
        name="duplicates",
        version=2,
        headline=FigureName("repeated records", "sound"),
        tiles=(FigureName("repeated records", "sound"),),
        follows_size=tuple(FigureName(name, "sound") for name in _SHARES),
        shares=_SHARES,
        counts="turns that repeat an earlier one of the row",
        better="down",
        highest=1.0,
        packages=("pillow",),
        finds=COPY_FAULTS,
    )
    evidence: ClassVar[type[TypedEvidence]] = DuplicatesEvidence
    near: bool = True
    similarity: float = 0.8
    bits: int = 4

    def __post_init__(self) -> None:
        check_parameters(self, shares=("similarity",))

    def measure(self, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
        signed = minhash_signatures([record.text() for record in records]) if self.near else [b""] * len(records)
        halves = [_halves(record) for record in records]
        parts = zip(records, halves, signed, strict=True)
        evidence = msgspec.to_builtins([self._evidence(*part, tools) for part in parts])  # all at once: it is cheaper
        return [_measured(*part) for part in zip(records, halves, evidence, strict=True)]

    def combine(self, measurements: Iterable[Measurement], _context: Context = ALONE) -> Summary:
        """Looks for copies among the records."""
        records = _Records(measurements)
        repeated, same_text = records.exact_copies()
        copies = {"duplicate_row": repeated, "same_text": same_text}
        figures = [
            records.share("repeated records", len(repeated)),
            records.share("repeated texts", len(repeated) + len(same_text)),
        ]
        if self.near:
            copies["near_duplicate_text"] = records.near_texts(self.similarity)
            copies["near_duplicate_image"] = records.near_images(self.bits)
            again = len(repeated) + len(same_text) + len(copies["near_duplicate_text"])
            figures.append(records.share("near-duplicate texts", again))
        return Summary(
            tuple(figures),
            tables=(*records.frequent_responses(), *records.shared_images()) if self.near else (),
            findings=worst_first(finding(code, places) for code, places in copies.items() if places),
            faulty=_faulty_rows(copies),
        )

    def _evidence(
        self, record: Record, halves: Sequence[str], signature: bytes, tools: Tools
    ) -> DuplicatesEvidence | None:
        """The evidence of a record; None where it has no text."""
        text = "\0".join(halves)  # words and who says them
        if not text.strip("\0"):
            return None
        return DuplicatesEvidence(
            text=_digest(text),
            images=[identity_of(ref, tools, near=self.near) for ref in record.images] if record.images else (),
            responses=[response for response in halves[1::2] if 0 < len(response) <= _SHORT] if self.near else None,
            near=base64.b85encode(signature).decode() if signature else "",
        )


def _halves(record: Record) -> list[str]:
    """The instruction and the response of each turn, one after the other."""
    halves: list[str] = []
    for turn in record.turns:
        halves += (turn.instruction or "", turn.response or "")
    return halves


def _measured(record: Record, halves: Sequence[str], evidence: Evidence | None) -> Measurement:
    """The measurement of a record: the share of its turns that repeat an earlier one."""
    if evidence is None:
        return unmeasured(record, Status.EMPTY_TEXT, "the record has no text")
    share = 0.0
    if len(halves) > 2 and len(set(halves[1::2])) * 2 < len(halves):  # only turns of equal responses can be equal
        share = 1 - len(set(zip(halves[::2], halves[1::2], strict=True))) * 2 / len(halves)
    return Measurement(share, _OK, "", evidence, record.place, record.id)


class _Records:
    """The evidence of a dataset, in the order of its rows whatever the order it came in."""

    def __init__(self, measurements: Iterable[Measurement]) -> None:
        self._left_out: Counter[str] = Counter()
        measured = []
        for measurement in measurements:
            if measurement.value is None:
                self._left_out[measurement.status.value] += 1
            else:
                measured.append(measurement)
        measured.sort(key=lambda measurement: measurement.place.row)
        places = [measurement.place for measurement in measured]
        self._rows = list(zip(places, all_evidence_of(measured, DuplicatesEvidence), strict=True))

    def share(self, name: str, copies: int) -> Figure:
        """The share of records that are copies: counted, not estimated, so that it has no interval."""
        count = len(self._rows)
        return Figure(
            name,
            "sound",
            copies / count if count else None,
            direction="down",
            measured=count,
            left_out=dict(self._left_out),
            reason="" if count else "no record has text",
        )

    def exact_copies(self) -> tuple[_Copies, _Copies]:
        """Records that repeat text and images of an earlier one, and those that repeat its text alone."""
        texts: dict[str, Place] = {}
        rows: dict[str | tuple[str, ...], Place] = {}
        repeated: _Copies = {}
        same_text: _Copies = {}
        for place, evidence in self._rows:
            text = evidence.text
            row = (text, *evidence.image_digests()) if evidence.images else text
            if (first := rows.setdefault(row, place)) is not place:
                repeated[place] = first
            elif (first := texts.setdefault(text, place)) is not place:
                same_text[place] = first
        return repeated, same_text

    def near_texts(self, similarity: float) -> _Copies:
        """Records whose text is nearly, but not exactly, that of an earlier one."""
        first_of: dict[str, Place] = {}
        signed = [
            (place, evidence.near)
            for place, evidence in self._rows
            if evidence.near and first_of.setdefault(evidence.text, place) is place
        ]
        if not signed:
            return {}
        groups = group_near_texts([base64.b85decode(signature) for _, signature in signed], similarity)
        return _copies([place for place, _ in signed], groups)

    def near_images(self, bits: int) -> _Copies:
        """Records with an image that is nearly, but not exactly, one seen earlier."""
        first_of: dict[str, tuple[int, Place]] = {}
        for place, evidence in self._rows:
            for digest, perceptual in evidence.image_hashes():
                first_of.setdefault(digest, (perceptual, place))
        if not first_of:
            return {}
        hashes = np.array([perceptual for perceptual, _ in first_of.values()], np.uint64).view(np.int64)
        return _copies([place for _, place in first_of.values()], group_near_images(hashes, bits))

    def frequent_responses(self) -> tuple[Table, ...]:
        """The short responses that are given most often."""
        times = Counter(response for _, evidence in self._rows for response in evidence.responses or ())
        several = [(response, count) for response, count in times.items() if count > 1]
        rows = tuple(sorted(several, key=lambda row: (-row[1], row[0]))[:_TOP])
        return (Table("short responses given most often", ("response", "times"), rows),) if rows else ()

    def shared_images(self) -> tuple[Table, ...]:
        """The number of images, and of those that several records share."""
        times = Counter(digest for _, evidence in self._rows for digest in set(evidence.image_digests()))
        if not times:
            return ()
        row = (len(times), sum(count > 1 for count in times.values()), max(times.values()))
        return (Table("images", ("distinct", "in several records", "most records of one"), (row,)),)


def _faulty_rows(copies: Mapping[str, _Copies]) -> tuple[FaultyRow, ...]:
    """The rows that are copies of another row; two images of one record are none."""
    rows = [
        FaultyRow(place.row, code, first.row)
        for code, firsts in copies.items()
        for place, first in firsts.items()
        if place.row != first.row
    ]
    return tuple(sorted(rows, key=lambda copy: copy.row))


def _copies(places: Sequence[Place], groups: Ints) -> _Copies:
    """Of each member of a group but the first: where it stands, and where the first does."""
    return {places[one]: places[first] for one, first in enumerate(groups.tolist()) if first != one}


def _digest(text: str) -> str:
    """64 bits that tell texts apart; no secret depends on them."""
    return xxhash.xxh3_64_hexdigest(text.encode())
