"""Integrity: faults of rows, roles, placeholders and images."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import msgspec

from vlitqa.algorithms.boxes import Box, Size, boxes_in, contradictions
from vlitqa.algorithms.picture_quality import grey_of, sharpness
from vlitqa.contracts import ALONE, Card, Context, FigureName
from vlitqa.contracts.tools import Picture, Tools
from vlitqa.errors import ImageFault
from vlitqa.metrics.grouped_cases import GroupedCases
from vlitqa.metrics.grouped_turns import group_of
from vlitqa.metrics.recording_checks import RecordingSummary, check_recordings
from vlitqa.metrics.text_faults import text_codes
from vlitqa.records import Place, Record
from vlitqa.results import FaultyRow, Figure, Measurement, Status, Summary
from vlitqa.results.evidence import IntegrityEvidence, PictureQuality, TypedEvidence, all_evidence_of
from vlitqa.results.faults import FAULTS, NOTE, RECORD_FAULTS
from vlitqa.results.findings import finding, worst_first

_OK = Status.OK  # looked up once: a member of an enumeration costs as much as half a measurement
_SAME_ID, _BOX = "duplicate_id", "box_outside"
_WITHOUT_ANY_IMAGE = "no image of the dataset is here: name their folder with --image-root"
_SHARP_SIDE = 256
"""The shorter edge at which sharpness is taken, because it depends on the scale."""


@dataclass(frozen=True)
class Integrity:
    """Checks whether a record can be used as it stands: rows, roles, placeholders, images, videos and sounds that open.

    Measures: the number of errors and warnings in a record; 0 is a clean record.
    Reads: turns, images and placeholders of every record, the pixels of its images, and the beginning and the end of
    its videos and sounds.
    Range: 0 and up, less is better; the headline is the share of clean records, 0 to 1.
    Caveats: rejected rows are no records and are counted beside this share; repetitions belong to `duplicates`. Dark,
    blurry and blank images are found by fixed thresholds on the decoded image and give only notes or warnings: a night
    scene is rightly dark.
    Source: faults that teams report about real datasets, listed in docs/metrics.md; no paper defines this number.
    """

    card: ClassVar[Card] = Card(
        name="integrity",
        version=7,
        headline=FigureName("clean records", "sound"),
        tiles=(FigureName("usable images", "sound"),),
        shares={
            "clean records": "of records can be used as they stand, copies not counted",
            "usable images": "of images open",
            "usable media": "of videos and sounds can be played to their end",
        },
        counts="errors and warnings",
        better="down",
        packages=("pillow",),
        finds=RECORD_FAULTS,
    )
    evidence: ClassVar[type[TypedEvidence]] = IntegrityEvidence
    tiny: int = 32
    long: float = 8.0
    blank: float = 2.0
    """Standard deviation of the grey values below which an image counts as one colour."""
    dark: float = 16.0
    """Mean grey value of 255 below which an image counts as almost black."""
    blurry: float = 15.0
    """Variance of the Laplacian below which no edge is sharp."""

    def measure(self, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
        """Counts the errors and warnings of each record."""
        return [self._measure(record, tools) for record in records]

    def combine(self, measurements: Iterable[Measurement], _context: Context = ALONE) -> Summary:
        """Gathers what was found, and the ids that several rows share."""
        first_of: dict[str, Place] = {}
        same_id: dict[str, list[Place]] = {}
        flawed: list[Measurement] = []
        alone = left_out = 0
        for measurement in measurements:
            if measurement.value is None:
                left_out += 1
                continue
            place, name = measurement.place, measurement.record_id
            if name and (first := first_of.setdefault(name, place)) is not place:
                same_id.setdefault(name, [first]).append(place)
            if measurement.evidence:
                flawed.append(measurement)
            else:
                alone += 1
        faults = _Faults(flawed, list(same_id.values()))
        missing, images = faults.images["image_missing"], faults.images.total()
        counts = {
            **faults.recordings.counts(),
            "images": images,
            "missing_images": missing,
            "bad_images": images - faults.images["ok"] - missing,
        }
        clean, usable = _clean_records(faults.records, alone, left_out), _usable_images(faults.usable)
        doubts = {"image_missing": _WITHOUT_ANY_IMAGE} if missing and missing == images else {}
        clean = replace(clean, doubt=doubts.get("image_missing", ""))
        return Summary(
            (clean, usable, *faults.recordings.figures()),
            tables=faults.recordings.tables(),
            findings=worst_first(
                replace(finding(code, places), detail=doubts.get(code, "")) for code, places in faults.places.items()
            ),
            counts=counts,
            faulty=tuple(faults.rows),
        )

    def _measure(self, record: Record, tools: Tools) -> Measurement:
        codes = text_codes(record)
        if not codes and not record.images and not record.recordings:
            return Measurement(0.0, _OK, "", {}, record.place, record.id)
        images: dict[str, int] = {}
        pictures = []
        recordings = check_recordings(record, tools) if record.recordings else ()
        codes += [check.fault for check in recordings if check.fault]
        for ref in record.images:
            if ref.frame is not None:
                continue  # its video was checked
            try:
                picture = tools.images.look(ref, _SHARP_SIDE)
            except ImageFault as fault:
                images[fault.code] = images.get(fault.code, 0) + 1
                codes.append(fault.code)
            else:
                images["ok"] = images.get("ok", 0) + 1
                grey = grey_of(picture.pixels)
                light, edges = float(grey.mean()), sharpness(grey)
                pictures.append(_quality(picture, light, edges))
                codes.extend(self._picture_codes(picture, float(grey.std()), light, edges))
        evidence = IntegrityEvidence(
            codes=sorted(set(codes)) or (),
            images=images,
            pictures=pictures or (),
            recordings=recordings,
            boxes=_boxes_of(record),
            group=group_of(record),
        )
        faults = sum(FAULTS[code].severity != NOTE for code in codes)
        return Measurement(float(faults), _OK, "", msgspec.to_builtins(evidence), record.place, record.id)

    def _picture_codes(self, picture: Picture, contrast: float, light: float, edges: float) -> list[str]:
        codes = []
        shorter, longer = sorted((picture.width, picture.height))
        if shorter < self.tiny:
            codes.append("tiny_image")
        if longer > self.long * shorter:
            codes.append("long_image")
        if picture.frames > 1:
            codes.append("animated_image")
        if contrast < self.blank:
            return [*codes, "blank_image"]
        if light < self.dark:
            codes.append("dark_image")
        if edges < self.blurry:
            codes.append("blurry_image")
        return codes


class _Faults:
    """The faults of a dataset: the places of each, and the faulty rows in their order."""

    def __init__(self, measurements: list[Measurement], same_id: Sequence[Sequence[Place]]) -> None:
        self.images: Counter[str] = Counter()
        """By the code of their fault, or `ok`."""
        self.places: defaultdict[str, list[Place]] = defaultdict(list)
        self.rows: list[FaultyRow] = []
        self.records = GroupedCases()
        """Records with images or faults, and the clean ones among them, by their image."""
        self.usable = GroupedCases()
        """Images, and those among them that open."""
        measurements.sort(key=lambda measurement: measurement.place.row)
        evidence = all_evidence_of(measurements, IntegrityEvidence)
        self.recordings = RecordingSummary(evidence)
        for measurement, record in zip(measurements, evidence, strict=True):
            place = measurement.place
            self.records.add(record.group, int(measurement.value == 0), 1)
            for code in record.codes:
                self.places[code].append(place)
                self.rows.append(FaultyRow(place.row, code))
            if record.images:
                self.images.update(record.images)
                self.usable.add(record.group, record.images.get("ok", 0), sum(record.images.values()))
        for twins in same_id:
            self.places[_SAME_ID] += twins
            again = sorted(place.row for place in twins)[1:]  # the first may keep its id
            self.rows += [FaultyRow(row, _SAME_ID) for row in again]
        self._add_boxes(
            [(one.place, record) for one, record in zip(measurements, evidence, strict=True) if record.boxes]
        )
        if same_id or _BOX in self.places:
            self.rows.sort(key=lambda faulty: (faulty.row, faulty.code))

    def _add_boxes(self, rows: Sequence[tuple[Place, IntegrityEvidence]]) -> None:
        """Adds the rows whose boxes contradict those of most others."""
        wrong = contradictions([(record.boxes, _only_size(record.pictures)) for _, record in rows])
        places = [rows[position][0] for position in wrong]
        if places:
            self.places[_BOX] += places
            self.rows += [FaultyRow(place.row, _BOX) for place in places]


def _boxes_of(record: Record) -> Sequence[Box]:
    """The boxes in the responses of a record that shows images."""
    if not record.images:
        return ()
    return [box for turn in record.turns for box in boxes_in(turn.instruction or "", turn.response or "")] or ()


def _only_size(pictures: Sequence[PictureQuality]) -> Size | None:
    """The size of the image of a record that has one alone."""
    return (pictures[0].width, pictures[0].height) if len(pictures) == 1 else None


def _quality(picture: Picture, brightness: float, sharpness: float) -> PictureQuality:
    return PictureQuality(
        width=picture.width,
        height=picture.height,
        format=picture.format,
        brightness=round(brightness, 1),
        sharpness=round(sharpness, 1),
    )


def _clean_records(records: GroupedCases, alone: int, left_out: int) -> Figure:
    blank = Figure.without("clean records", "sound", "no record was read", direction="up")
    return records.figure(replace(blank, left_out={"worker_killed or failed": left_out} if left_out else {}), alone)


def _usable_images(images: GroupedCases) -> Figure:
    return images.figure(Figure.without("usable images", "sound", "no record has an image", direction="up"))
