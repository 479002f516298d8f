"""What labels come to: majorities, disputes, examples by the lower label, agreement, and exports that others read."""

from __future__ import annotations

import csv
import io
import json

import pyarrow.parquet as pq
import pytest

from vlitqa.annotation.assignment import AGAIN, AssignmentPlan
from vlitqa.annotation.events import ADJUDICATOR, LabelEvent
from vlitqa.annotation.exports import EXPORTS, LabelExport
from vlitqa.annotation.items import AnnotatedItem, item_of
from vlitqa.annotation.label_report import report_annotation
from vlitqa.annotation.outcomes import outcomes_of, states_of
from vlitqa.construction.interleaved_replies import read_dialogue
from vlitqa.contracts.writers import WriterReply
from vlitqa.records import ImageRef, Record, Turn
from vlitqa.results.annotation import DialogueExample, EditedMessage, ItemLabel, MessagePart

RECORD = Record(
    (Turn("What is it?", "Here  it is.", (0,), (1,), (), (5,)),),
    (ImageRef("a.png", caption="a cat"), ImageRef("b.png", caption="a dog")),
    id="1",
)
ITEMS = [
    item_of(RECORD),
    *(AnnotatedItem(str(number), item_of(RECORD).messages, RECORD.images) for number in range(2, 11)),
]
PLAN = AssignmentPlan(annotators=("a", "b", "c"), per_item=3)
QUALITIES = {"1": "poor", "2": "satisfactory", "3": "excellent"}


def _event(item: str, annotator: str, quality: str, **more: object) -> LabelEvent:
    digest = next(one.digest for one in ITEMS if one.id == item.removesuffix(AGAIN))
    label = ItemLabel(quality, **more)  # type: ignore[arg-type]
    return LabelEvent(item=item, digest=digest, annotator=annotator, revision=1, kind="label", label=label, seconds=8.0)


def _printed() -> list[LabelEvent]:
    """The labels of three annotators whose alphas were worked out; one of them is lacking."""
    rows = {"a": "3221232113", "b": "3211232233", "c": "2221-33112"}
    return [
        _event(str(number), name, QUALITIES[letter])
        for name, letters in rows.items()
        for number, letter in enumerate(letters, 1)
        if letter != "-"
    ]


def test_the_pictures_of_an_item_stand_between_its_words() -> None:
    first, second = item_of(RECORD).messages
    assert first.parts == (MessagePart(""), MessagePart(picture=0), MessagePart("What is it?"))
    assert second.parts == (MessagePart("Here "), MessagePart(picture=1), MessagePart(" it is."))


def test_agreement_is_what_was_worked_out_and_percent_stands_beside_it() -> None:
    report = report_annotation(_printed(), ITEMS, PLAN)
    nominal, ordinal, *characteristics = report.agreement
    assert nominal.alpha == pytest.approx(0.391304, abs=5e-7)
    assert ordinal.alpha == pytest.approx(0.485598, abs=5e-7)
    assert nominal.percent is not None
    assert [figure.reason for figure in characteristics] == ["all ratings are equal"] * 4
    assert (report.items, report.labels, report.by_annotator) == (10, 29, {"a": 10, "b": 10, "c": 9})
    assert report.labelled == 9
    assert report.median_seconds == 8.0


@pytest.mark.parametrize(
    ("qualities", "quality", "is_disputed", "safe"),
    [
        (("excellent", "excellent"), "excellent", False, "excellent"),
        (("excellent", "satisfactory", "satisfactory"), "satisfactory", False, "satisfactory"),
        (("excellent", "satisfactory"), None, True, "satisfactory"),
        (("poor", "excellent", "excellent"), None, True, "poor"),
        (("satisfactory",), "satisfactory", False, "satisfactory"),
        ((), None, False, None),
    ],
)
def test_ties_and_poor_against_excellent_are_disputed_and_the_lower_label_is_the_safe_one(
    qualities: tuple[str, ...],
    quality: str | None,
    is_disputed: bool,  # noqa: FBT001 - a case, named in its table
    safe: str | None,
) -> None:
    events = [_event("1", name, one) for name, one in zip("abc", qualities, strict=False)]
    outcome = outcomes_of(states_of(events, ITEMS), ITEMS)["1"]
    assert (outcome.quality, outcome.is_disputed, outcome.safe_quality) == (quality, is_disputed, safe)


def test_whoever_decides_ends_a_dispute() -> None:
    events = [_event("1", "a", "poor"), _event("1", "b", "excellent"), _event("1", ADJUDICATOR, "satisfactory")]
    outcome = outcomes_of(states_of(events, ITEMS), ITEMS)["1"]
    assert (outcome.quality, outcome.is_disputed, outcome.safe_quality) == ("satisfactory", False, "satisfactory")
    assert report_annotation(events, ITEMS, PLAN).qualities == {"excellent": 0, "satisfactory": 1, "poor": 0}


def test_a_label_of_another_text_is_none_of_this_one() -> None:
    stale = LabelEvent(item="1", digest="another", annotator="a", revision=1, kind="label", label=ItemLabel("poor"))
    assert report_annotation([stale], ITEMS, PLAN).labels == 0


def test_repeats_and_known_items_are_counted() -> None:
    events = [_event("1", "a", "poor"), _event(f"1{AGAIN}", "a", "poor"), _event("2", "a", "poor")]
    events.append(_event(f"2{AGAIN}", "a", "excellent"))
    report = report_annotation(events, ITEMS, PLAN, {"1": "poor", "2": "excellent"})
    assert (report.repeated, report.repeated_equal, report.gold, report.gold_right) == (2, 1, 2, 1)
    assert (report.poor_share, report.labels) == (1.0, 2)


def _export(form: str, events: list[LabelEvent]) -> bytes:
    outcomes = outcomes_of(states_of(events, ITEMS), ITEMS)
    return EXPORTS[form](LabelExport(items=ITEMS, outcomes=outcomes, events=events))


def test_the_pool_holds_what_may_be_shown_with_its_edits_and_is_read_by_the_recipe() -> None:
    edited = (
        EditedMessage("user", (MessagePart(picture=0), MessagePart("Who is this?"))),
        EditedMessage("assistant", (MessagePart("A dog: "), MessagePart(picture=1))),
    )
    events = [
        _event("1", "a", "excellent", characteristics=("image creation",), edited=edited),
        _event("2", "a", "poor", cause="format"),
        _event("3", "a", "satisfactory"),
    ]
    import msgspec

    lines = [msgspec.json.decode(line, type=DialogueExample) for line in _export("pool", events).splitlines()]
    assert [(line.id, line.quality, line.characteristics) for line in lines] == [
        ("1", "excellent", ("image creation",)),
        ("3", "satisfactory", ()),
    ]
    assert lines[0].dialogue == "Human: <img0> a cat </img0>Who is this?\nAssistant: A dog: <img1> a dog </img1>"
    messages, faults = read_dialogue(WriterReply(text=lines[1].dialogue))
    assert not faults
    assert [picture.number for message in messages for picture in message.pictures] == [0, 1]


def test_textbinds_table_has_its_five_columns_and_label_studio_its_tasks() -> None:
    events = [
        _event("1", "a", "excellent", characteristics=("image creation", "image comparison")),
        _event("2", "a", "poor", cause="mismatch"),
    ]
    rows = list(csv.reader(io.StringIO(_export("textbind", events).decode())))
    assert rows[0] == ["id", "conversation", "quality", "character", "error"]
    assert [row[2:] for row in rows[1:]] == [
        ["Excellent", "Image Creation, Image Comparison", ""],
        ["Poor", "", "Mismatch"],
    ]
    tasks = json.loads(_export("label-studio", events))
    assert [len(task["annotations"]) for task in tasks] == [1, 1, *[0] * 8]
    assert tasks[0]["annotations"][0]["result"][0]["value"] == {"choices": ["excellent"]}


def test_parquet_holds_every_event() -> None:
    table = pq.read_table(io.BytesIO(_export("parquet", _printed())))
    assert table.num_rows == 29
    assert set(table.column("quality").to_pylist()) == {"poor", "satisfactory", "excellent"}
