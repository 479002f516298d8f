"""Granularity of instructions whose regions and images were counted by hand."""

from __future__ import annotations

import pytest

from vlitqa.metrics.granularity import Granularity
from vlitqa.records import ImageRef, Place, Record, Region, Turn
from vlitqa.results import Measurement, Summary

PHOTO, OTHER = ImageRef("a.jpg"), ImageRef("b.jpg")


def measured(*records: Record) -> list[Measurement]:
    placed = [
        Record(record.turns, images=record.images, regions=record.regions, place=Place(row, row + 1))
        for row, record in enumerate(records)
    ]
    return list(Granularity().measure(placed, None))  # type: ignore[arg-type]  # it needs no tool


def asked(instruction: str | None, response: str = "So.") -> Record:
    return Record((Turn(instruction, response, (0,)),), images=(PHOTO,))


def shares(summary: Summary) -> list[float | None]:
    return [figure.value for figure in summary.figures]


def test_instructions_are_counted_by_what_they_are_about() -> None:
    measurements = measured(
        asked("What is this?"),
        asked("What is in [0.1, 0.2, 0.5, 0.9]?"),
        asked("Compare <region1> with <region2>."),
        Record((Turn("Which is older?", "The first.", (0, 1)),), images=(PHOTO, OTHER)),
        Record((Turn("Is <region> in both?", "Yes.", (0, 1)),), images=(PHOTO, OTHER)),
    )
    summary = Granularity().combine(measurements)
    assert [measurement.value for measurement in measurements] == [0, 1, 1, 1, 1]
    assert shares(summary) == [pytest.approx(share) for share in (1 / 5, 3 / 5, 1 / 5, 2 / 5)]
    (table,) = summary.tables
    assert [(about, count) for about, count, _ in table.rows] == [
        ("one image as a whole", 1),
        ("one region", 1),
        ("several regions", 1),
        ("several images as a whole", 1),
        ("one region of several images", 1),
    ]


def test_the_interval_of_a_share_counts_images_and_not_instructions() -> None:
    alone = measured(*[Record((Turn("Why?", "So.", (0,)),), images=(ImageRef(f"{row}.jpg"),)) for row in range(10)])
    together = measured(
        *[Record((Turn("Why?", "So.", (0,)),) * 4, images=(ImageRef(f"{row}.jpg"),)) for row in range(10)]
    )
    regional = [Granularity().combine(measurements).figures[1] for measurements in (alone, together)]
    # Wilson's for 0 of 10: the upper end is 1.96² / (10 + 1.96²)
    assert [figure.interval for figure in regional] == [(0, pytest.approx(3.8416 / 13.8416))] * 2
    assert [figure.measured for figure in regional] == [10, 40]


def test_a_region_that_only_the_response_or_a_field_of_the_row_names_counts() -> None:
    box = Record((Turn("Describe the object.", "A cat.", (0,)),), images=(PHOTO,), regions=(Region((1, 2, 3, 4)),))
    measurements = measured(asked("Where is the cat?", "<box>(1,2),(3,4)</box>"), box)
    assert shares(Granularity().combine(measurements)) == [0, 1, 0, 0]


def test_an_instruction_is_about_the_images_up_to_its_turn() -> None:
    turns = (
        Turn("Hello!", "Hi."),
        Turn("What is this?", "A cat.", (0,)),
        Turn("And this?", "A dog.", (1,)),
        Turn("Which is larger?", "The dog."),
    )
    (record,) = measured(Record(turns, images=(PHOTO, OTHER)))
    assert record.evidence["turns"] == [[0, 1], [0, 2], [0, 2]], "the greeting has no image"
    assert record.value == pytest.approx(2 / 3)


def test_an_image_that_no_turn_claims_is_before_all() -> None:
    (record,) = measured(Record((Turn("What is this?", "A cat."),), images=(PHOTO,)))
    assert record.evidence["turns"] == [[0, 1]]


def test_a_record_without_image_or_instruction_says_so() -> None:
    measurements = measured(Record((Turn("Why?", "So."),)), asked(None), asked(" "))
    assert [measurement.reason for measurement in measurements] == [
        "no instruction has an image",
        "the record has no instruction",
        "the record has no instruction",
    ]
    summary = Granularity().combine(measurements)
    assert shares(summary) == [None] * 4
    assert summary.tables == ()
    assert summary.figures[0].left_out == {"not_applicable": 1, "empty_text": 2}
