"""What a dataset says more than once, worked out by hand."""

from __future__ import annotations

import random

from msgspec.structs import replace
from PIL import Image

from tests.given.drawings import file_of, landscape, plain
from vlitqa.backends.toolbox import Toolbox
from vlitqa.metrics.duplicates import Duplicates
from vlitqa.records import ImageRef, Place, Record, Turn
from vlitqa.results import FaultyRow, Measurement, Status, Summary
from vlitqa.results.findings import CopyGroup, copy_groups

LAKE, BOAT = (ImageRef(f"{seed}.png", file_of(landscape(seed))) for seed in (1, 2))
SAVED_AGAIN = ImageRef("again.jpg", file_of(landscape(1), "JPEG", quality=80))
SMALLER = ImageRef("smaller.png", file_of(landscape(1).resize((200, 150), Image.Resampling.BICUBIC)))
LONG = "Which of the two dogs is nearer to the fence, and how can you tell it from " + " ".join(map(str, range(60)))


def measured(*records: Record, near: bool = True) -> list[Measurement]:
    placed = [replace(record, place=Place(row=row, line=row + 1)) for row, record in enumerate(records)]
    return list(Duplicates(near=near).measure(placed, Toolbox().open()))


def summary_of(*records: Record, near: bool = True) -> Summary:
    return Duplicates(near=near).combine(measured(*records, near=near))


def findings_of(*records: Record) -> dict[str, tuple[str, ...]]:
    """The rows of every finding."""
    return {each.code: each.examples for each in summary_of(*records).findings}


def values_of(summary: Summary) -> dict[str, float | None]:
    return {figure.name: figure.value for figure in summary.figures}


def record_of(instruction: str | None, response: str | None, *images: ImageRef) -> Record:
    return Record((Turn(instruction, response, tuple(range(len(images)))),), images)


def test_a_row_that_repeats_text_and_images_is_found_from_its_second_time_on() -> None:
    first, other = record_of("What?", "A lake.", LAKE), record_of("Why?", "So.", LAKE)
    assert findings_of(first, other, first, first) == {"duplicate_row": ("line 3", "line 4")}
    assert values_of(summary_of(first, other, first, first))["repeated records"] == 2 / 4


def test_every_copy_names_the_row_that_it_repeats_and_copies_of_one_row_are_a_group() -> None:
    first, other = record_of("What?", "A lake.", LAKE), record_of("Why?", "So.", LAKE)
    faulty = summary_of(first, other, first, record_of("Why?", "So.", BOAT), first).faulty
    assert faulty == (
        FaultyRow(2, "duplicate_row", 0),
        FaultyRow(3, "same_text", 1),
        FaultyRow(4, "duplicate_row", 0),
    )
    assert copy_groups(faulty) == [CopyGroup("duplicate_row", 0, (2, 4)), CopyGroup("same_text", 1, (3,))]


def test_two_images_of_one_record_make_no_copy_of_it() -> None:
    summary = summary_of(record_of("What?", "Two.", LAKE, SAVED_AGAIN))
    assert [finding.code for finding in summary.findings] == ["near_duplicate_image"]
    assert summary.faulty == ()


def test_an_image_is_known_by_its_bytes_and_not_by_its_name() -> None:
    renamed = record_of("What?", "A lake.", ImageRef("other.png", LAKE.data))
    assert findings_of(record_of("What?", "A lake.", LAKE), renamed) == {"duplicate_row": ("line 2",)}


def test_an_image_that_is_not_there_is_known_by_its_name() -> None:
    here, there = (record_of("What?", "A lake.", ImageRef(f"{name}.png")) for name in ("here", "there"))
    assert findings_of(here, there, here) == {"same_text": ("line 2",), "duplicate_row": ("line 3",)}


def test_the_same_text_with_another_image_is_a_repeated_text_and_no_repeated_record() -> None:
    summary = summary_of(
        record_of("What?", "A lake.", LAKE), record_of("What?", "A lake.", BOAT), record_of("What?", "A lake.")
    )
    assert [(each.code, each.examples) for each in summary.findings] == [("same_text", ("line 2", "line 3"))]
    values = values_of(summary)
    assert (values["repeated records"], values["repeated texts"]) == (0, 2 / 3)


def test_the_order_of_the_images_tells_rows_apart() -> None:
    assert findings_of(record_of("What?", "Two.", LAKE, BOAT), record_of("What?", "Two.", BOAT, LAKE)) == {
        "same_text": ("line 2",)
    }


def test_texts_that_are_nearly_another_are_counted_with_exact_copies() -> None:
    near, other = (
        record_of(LONG + " again", "The left one."),
        record_of("Something else is asked here, is it not?", "Yes it is."),
    )
    records = (record_of(LONG, "The left one."), other, near, record_of(LONG, "The left one."))
    summary = summary_of(*records)
    assert {each.code: each.examples for each in summary.findings} == {
        "duplicate_row": ("line 4",),
        "near_duplicate_text": ("line 3",),
    }
    assert values_of(summary)["near-duplicate texts"] == 2 / 4


def test_an_image_that_was_scaled_or_saved_again_is_nearly_the_same() -> None:
    records = [record_of(f"{at}?", "Yes.", each) for at, each in enumerate((BOAT, LAKE, SAVED_AGAIN, SMALLER, LAKE))]
    assert findings_of(*records) == {"near_duplicate_image": ("line 3", "line 4")}


def test_images_of_one_colour_are_not_near_each_other() -> None:
    grey, white = ImageRef("grey", file_of(plain(90))), ImageRef("white", file_of(plain(255)))
    assert findings_of(record_of("a?", "b", grey), record_of("c?", "d", white)) == {}


def test_a_record_is_measured_by_the_share_of_its_turns_that_repeat() -> None:
    again = Turn("What?", "A lake.")
    made = measured(Record((again, again, Turn("Why?", "So."), again)), Record((again,)), Record((again, again)))
    assert [each.value for each in made] == [2 / 4, 0.0, 1 / 2]


def test_a_record_without_text_is_left_out() -> None:
    made = measured(record_of("", None, LAKE), record_of("What?", "A lake.", LAKE))
    assert (made[0].value, made[0].status) == (None, Status.EMPTY_TEXT)
    assert [(each.measured, each.left_out) for each in Duplicates().combine(made).figures] == [
        (1, {"empty_text": 1})
    ] * 3


def test_the_short_responses_that_are_given_most_often_are_listed_with_their_number() -> None:
    answers = ["yes"] * 4 + ["no"] * 4 + ["two"] * 2 + ["once", "x" * 81, "x" * 81]
    tables = summary_of(*[record_of(f"Question {at}?", answer) for at, answer in enumerate(answers)]).tables
    assert [(table.title, table.rows) for table in tables] == [
        ("short responses given most often", (("no", 4), ("yes", 4), ("two", 2)))
    ]


def test_images_that_several_records_share_are_counted() -> None:
    records = [
        record_of("a?", "b", LAKE),
        record_of("c?", "d", LAKE, LAKE),
        record_of("e?", "f", BOAT),
        record_of("g?", "h", SMALLER),
    ]
    (table,) = summary_of(*records).tables
    assert table.columns == ("distinct", "in several records", "most records of one")
    assert table.rows == ((3, 1, 2),)


def test_without_near_only_exact_copies_are_looked_for() -> None:
    records = (
        record_of(LONG, "A lake.", LAKE),
        record_of(LONG + " again", "A lake.", SMALLER),
        record_of(LONG, "A lake.", LAKE),
    )
    summary = summary_of(*records, near=False)
    assert values_of(summary) == {"repeated records": 1 / 3, "repeated texts": 1 / 3}
    assert [each.code for each in summary.findings] == ["duplicate_row"]
    assert summary.tables == ()


def test_the_same_words_said_otherwise_are_not_the_same_text() -> None:
    halves = [("a", "b\nc"), ("a\nb", "c"), ("a\nb\nc", None), (None, "a\nb\nc")]
    two_turns = Record((Turn("a", "b"), Turn("c", None)))
    assert findings_of(*[record_of(*each) for each in halves], two_turns) == {}


def test_an_absent_half_is_as_good_as_an_empty_one() -> None:
    assert findings_of(record_of("A lake.", None), record_of("A lake.", "")) == {"duplicate_row": ("line 2",)}


def test_thousands_of_rows_are_counted_as_a_set_counts_them() -> None:
    generator = random.Random(0)
    texts = [f"text {generator.randrange(700)}" for _ in range(2_000)]
    summary = summary_of(*[record_of(text, "yes") for text in texts], near=False)
    assert values_of(summary)["repeated records"] == (2_000 - len(set(texts))) / 2_000
