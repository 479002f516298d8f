"""What labels come to: majorities, disputes, examples by the lower label, agreement, and exports that others read."""

from __future__ import annotations

import csv
import io
import json

import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace
from scipy.stats import binomtest

from vlitqa.annotation.assignment import AGAIN, AssignmentPlan
from vlitqa.annotation.checked_rows import is_held_out, mended_record
from vlitqa.annotation.events import ADJUDICATOR, LabelEvent
from vlitqa.annotation.exports import EXPORTS, LabelExport, dialogue_text
from vlitqa.annotation.items import item_of, read_items
from vlitqa.annotation.label_report import report_annotation, report_pool
from vlitqa.annotation.outcomes import outcomes_of, states_of
from vlitqa.catalogue import load_format
from vlitqa.construction.interleaved_replies import read_dialogue
from vlitqa.containers.memory import rows_in_memory
from vlitqa.contracts.writers import WriterReply
from vlitqa.formats.textbind import TextBind
from vlitqa.records import ImageRef, Record, Turn
from vlitqa.results.annotation import DialogueExample, EditedMessage, ItemLabel, MessagePart

RECORD = Record(
    (Turn("What is it?", "Here  it is.", (0,), (1,), (), (5,)),),
    (ImageRef("a.png", caption="a cat"), ImageRef("b.png", caption="a dog")),
    id="1",
)
ROWS = [TextBind().write(replace(RECORD, id=str(number))) for number in range(1, 11)]
DATASET = read_items(rows_in_memory(ROWS, "dialogues"))
ITEMS = DATASET.items
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
    report = report_annotation(_printed(), DATASET, PLAN)
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
    qualities = report_annotation(events, DATASET, PLAN).qualities
    assert {name: quality.items for name, quality in qualities.items()} == {
        "excellent": 0,
        "satisfactory": 1,
        "poor": 0,
    }


def test_a_label_of_another_text_is_none_of_this_one() -> None:
    stale = LabelEvent(item="1", digest="another", annotator="a", revision=1, kind="label", label=ItemLabel("poor"))
    assert report_annotation([stale], DATASET, PLAN).labels == 0


def test_repeats_and_known_items_are_counted() -> None:
    events = [_event("1", "a", "poor"), _event(f"1{AGAIN}", "a", "poor"), _event("2", "a", "poor")]
    events.append(_event(f"2{AGAIN}", "a", "excellent"))
    report = report_annotation(events, DATASET, PLAN, {"1": "poor", "2": "excellent"})
    assert (report.repeated, report.repeated_equal, report.gold, report.gold_right) == (2, 1, 2, 1)
    assert (report.qualities["poor"].share, report.labels) == (1.0, 2)


WHY = ("format", "mismatch", "mismatch")


def test_causes_are_those_of_poor_items_among_all_that_have_a_quality() -> None:
    events = [
        *(_event("1", name, "poor", cause=cause) for name, cause in zip("abc", WHY, strict=True)),
        _event("2", "a", "poor", cause="hallucination"),
        *(_event("3", name, "satisfactory") for name in "bc"),
        _event("3", "a", "poor", cause="incoherence"),  # most say that it is not poor
        *(_event(str(number), "a", "excellent", characteristics=("image creation",)) for number in range(4, 11)),
    ]
    report = report_annotation(events, DATASET, PLAN)
    assert {name: cause.items for name, cause in report.causes.items() if cause.items} == {
        "mismatch": 1,
        "hallucination": 1,
    }
    assert report.causes["mismatch"].share == pytest.approx(0.1)
    assert report.qualities["poor"].share == pytest.approx(0.2)
    wilson = binomtest(2, 10).proportion_ci(method="wilson")
    assert (report.qualities["poor"].low, report.qualities["poor"].high) == pytest.approx(
        (wilson.low, wilson.high), abs=1e-4
    )
    assert report.characteristics["image creation"].share == pytest.approx(7 / 8)  # poor items are left out


def test_the_pool_says_which_condition_no_three_examples_keep() -> None:
    def example(number: int, quality: str, *characteristics: str) -> DialogueExample:
        return DialogueExample(str(number), quality, characteristics, (), "")  # type: ignore[arg-type]

    all_four = ("image creation", "image comparison", "intrinsic understanding", "extrinsic understanding")
    pool = [example(1, "satisfactory", *all_four[:2]), example(2, "satisfactory", *all_four[2:])]
    assert report_pool(pool).relaxed == "fewer"
    assert report_pool([*pool, example(3, "satisfactory")]).relaxed == "excellent"
    assert report_pool([pool[0], pool[0], example(3, "excellent")]).relaxed == "characteristics"
    whole = report_pool([*pool, example(3, "excellent")])
    assert (whole.relaxed, whole.examples, whole.qualities) == ("", 3, {"satisfactory": 2, "excellent": 1})
    assert whole.characteristics == dict.fromkeys(all_four, 1)


def _export(form: str, events: list[LabelEvent], held_out: frozenset[str] = frozenset()) -> bytes:
    outcomes = outcomes_of(states_of(events, ITEMS), ITEMS)
    return EXPORTS[form](LabelExport(dataset=DATASET, outcomes=outcomes, events=events, held_out=held_out))


def test_rows_that_people_let_pass_come_out_as_data_and_mended_ones_under_an_id_of_their_own() -> None:
    edited = (
        EditedMessage("user", (MessagePart("Who is this?"),)),
        EditedMessage("assistant", (MessagePart("A dog: "), MessagePart(picture=1))),
    )
    events = [
        _event("1", "a", "satisfactory", edited=edited),
        _event("2", "a", "poor"),
        _event("3", "a", "excellent"),
        _event("4", "a", "excellent"),
    ]
    lines = _export("rows", events, frozenset({"4"})).splitlines()
    assert json.loads(lines[1]) == ROWS[2]  # as it was
    (mended,) = read_items(rows_in_memory([json.loads(lines[0])], "mended")).items
    assert (len(lines), mended.id) == (2, "1~edited")
    assert [ref.name for ref in mended.images] == ["b.png"]  # the other was taken out
    assert dialogue_text(mended.messages, mended) == "Human: Who is this?\nAssistant: A dog: <img0> a dog </img0>"


def _message(role: str, *parts: str | int) -> EditedMessage:
    pieces = tuple(MessagePart(part) if isinstance(part, str) else MessagePart(picture=part) for part in parts)
    return EditedMessage(role, pieces)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["textbind", "llava", "openai-messages", "mantis", "qwen-vl"])
def test_pictures_that_changed_places_stay_with_their_words_in_every_format(name: str) -> None:
    messages = (_message("user", "First ", 1, " then ", 0, " red?"), _message("assistant", "Yes."))
    mended = mended_record(RECORD, messages)
    (item,) = read_items(rows_in_memory([load_format(name).write(mended)])).items
    shown = [
        part.text.strip() if part.picture is None else item.images[part.picture].name for part in item.messages[0].parts
    ]
    assert [part for part in shown if part] == ["First", "b.png", "then", "a.png", "red?"]


def test_all_pictures_can_be_taken_out_and_one_shown_twice() -> None:
    bare = mended_record(RECORD, (_message("user", "What?"), _message("assistant", "That.")))
    assert (bare.images, bare.turns) == ((), (Turn("What?", "That."),))
    twice = mended_record(RECORD, (_message("user", 1, "Both?"), _message("assistant", "Yes: ", 1)))
    assert [ref.name for ref in twice.images] == ["b.png", "b.png"]
    assert (twice.turns[0].instruction_images, twice.turns[0].response_images) == ((0,), (1,))


def test_a_mended_row_takes_an_id_that_no_row_has() -> None:
    messages = (_message("user", "What?"), _message("assistant", "That."))
    assert mended_record(RECORD, messages, {"1~edited"}).id == "1~edited~edited"


def test_labels_of_people_who_were_not_asked_this_time_count_under_their_names() -> None:
    report = report_annotation(_printed(), DATASET, AssignmentPlan(annotators=("a",), per_item=1))
    assert report.by_annotator == {"a": 10, "b": 10, "c": 9}
    assert report.agreement[0].alpha == pytest.approx(0.391304, abs=5e-7)


def test_the_share_that_is_kept_apart_stays_the_same_when_items_come_in() -> None:
    apart = {str(number) for number in range(2_000) if is_held_out(str(number), 0.2, seed=3)}
    assert 340 < len(apart) < 460
    assert {item for item in apart if is_held_out(item, 0.1, seed=3)} < apart


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
    assert lines[0].dialogue == "Human: <img0> a cat </img0> Who is this?\nAssistant: A dog: <img1> a dog </img1>"
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
