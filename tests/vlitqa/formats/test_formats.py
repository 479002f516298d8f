"""The records that formats read from rows, worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.given.golden_rows import GOLDEN_ROWS, PIXEL
from vlitqa.catalogue import load_format
from vlitqa.errors import RejectedRecord
from vlitqa.formats.flat_table import mapped_format
from vlitqa.records import NOWHERE, ImageRef, Record, Region, Row, Turn


def _read(name: str, row: Row) -> Record:
    return load_format(name).read(row, place=NOWHERE)


def _golden(name: str, position: int = 0) -> Record:
    return _read(name, GOLDEN_ROWS[name][position])


def _llava(*messages: tuple[str, Any], image: Any = None) -> Record:
    conversation = [{"from": role, "value": text} for role, text in messages]
    return _read("llava", {"id": "x", "image": image, "conversations": conversation})


def test_a_llava_row_pairs_its_messages_and_strips_the_placeholder() -> None:
    assert replace(_golden("llava"), source=None) == Record(
        turns=(
            Turn("How many chairs are there?", "Four chairs stand around the table.", (0,)),
            Turn("Which colour have they?", "Blaugrün 🪑."),
        ),
        images=(ImageRef("rooms/kitchen.jpg"),),
        id="kitchen-1",
        placeholders=1,
    )


def test_each_of_several_images_belongs_to_the_message_with_its_placeholder() -> None:
    record = _golden("llava", 1)
    assert [turn.instruction_images for turn in record.turns] == [(0,), (1,)]
    assert (record.turns[0].instruction, record.system, record.placeholders) == ("Before:", "You compare pictures.", 2)


def test_a_row_of_text_alone_has_no_images_no_placeholders_and_no_id() -> None:
    record = _golden("llava", 2)
    assert (record.images, record.placeholders, record.id) == ((), 0, "")


def test_a_question_without_an_answer_is_a_turn_without_a_response() -> None:
    record = _golden("llava", 3)
    assert (record.turns, record.id) == ((Turn("What is it?", None, (0,)),), "4")


def test_an_empty_dialogue_has_no_turns() -> None:
    assert _golden("llava", 4).turns == ()


def test_roles_in_an_odd_order_leave_absent_halves() -> None:
    record = _llava(("gpt", "Hello."), ("human", "One?"), ("human", "Two?"), ("gpt", "2."), ("gpt", "Also 3."))
    assert record.turns == (Turn(None, "Hello."), Turn("One?", None), Turn("Two?", "2."), Turn(None, "Also 3."))


def test_a_message_of_null_is_an_absent_half_and_an_empty_one_is_not() -> None:
    assert _llava(("human", None), ("gpt", "Yes.")).turns == (Turn(None, "Yes."),)
    assert _llava(("human", ""), ("gpt", "")).turns == (Turn("", ""),)


@pytest.mark.parametrize("role", ["human", "user"])
@pytest.mark.parametrize("answerer", ["gpt", "assistant", "model", "chatgpt"])
def test_speakers_have_several_names(role: str, answerer: str) -> None:
    assert _llava((role, "Why?"), (answerer, "So.")).turns == (Turn("Why?", "So."),)


def test_images_without_any_placeholder_belong_to_the_first_instruction() -> None:
    record = _llava(("human", "Left?"), ("gpt", "Red."), ("human", "Right?"), ("gpt", "Blue."), image=["l", "r"])
    assert [turn.instruction_images for turn in record.turns] == [(0, 1), ()]
    assert record.placeholders == 0


def test_a_placeholder_without_an_image_is_counted_and_stands_for_nothing() -> None:
    record = _llava(("human", "<image><image> Same?"), ("gpt", "No."), image="one.jpg")
    assert (record.placeholders, record.turns[0].instruction_images) == (2, (0,))


def test_an_image_without_its_placeholder_belongs_to_no_turn() -> None:
    record = _llava(("human", "<image> Same?"), ("gpt", "No."), image=["one.jpg", "two.jpg"])
    assert (record.placeholders, len(record.images), record.turns[0].instruction_images) == (1, 2, (0,))


def test_a_placeholder_in_an_answer_puts_the_image_there() -> None:
    record = _llava(("human", "Draw a dog."), ("gpt", "<image>"), image="dog.jpg")
    assert record.turns == (Turn("Draw a dog.", "", (), (0,)),)


@pytest.mark.parametrize("placeholder", ["<image>", "<IMG_CONTEXT>", "<img0>", "<img12>", "<img1>a dog</img1>"])
def test_every_placeholder_of_the_field_is_one_placeholder(placeholder: str) -> None:
    record = _llava(("human", f"{placeholder}\nWhat?"), ("gpt", "A dog."), image="dog.jpg")
    assert (record.placeholders, record.turns[0].instruction) == (1, "What?")


@pytest.mark.parametrize("text", ["a <b> c", "<Image>", "<img>", "< image>", "&lt;image&gt;", "  two  spaces "])
def test_what_is_no_placeholder_stays_in_the_text(text: str) -> None:
    record = _llava(("human", text), ("gpt", "Yes."))
    assert (record.placeholders, record.turns[0].instruction) == (0, text)


@pytest.mark.parametrize(("name", "field"), [("openai-messages", "messages"), ("mantis", "conversation")])
def test_a_text_where_a_list_of_images_belongs_is_noted(name: str, field: str) -> None:
    messages = [{"role": "user", "content": "<image>?"}]
    assert _read(name, {"images": "a.jpg", field: messages}).notes == ("string_for_list",)
    assert _read(name, {"images": ["a.jpg"], field: messages}).notes == ()


def test_openai_parts_carry_their_images_and_need_no_placeholders() -> None:
    record = _golden("openai-messages", 1)
    assert record.images == (ImageRef(data=PIXEL), ImageRef("second.png"))
    assert record.turns == (Turn("Which is larger?", "The second one.", (0, 1)),)
    assert record.placeholders is None


def test_parts_that_only_say_image_take_the_images_beside_the_messages_and_count_as_placeholders() -> None:
    record = _golden("openai-messages", -1)
    assert (record.images, record.placeholders) == ((ImageRef("dot.gif", PIXEL),), 1)
    assert record.turns == (Turn("What is this?", "A dot.", (0,)),)


def test_a_missing_or_surplus_image_beside_such_parts_is_seen() -> None:
    row: dict[str, Any] = {
        "messages": [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "?"}]}]
    }
    without = _read("openai-messages", row)
    assert (without.images, without.placeholders) == ((), 1)
    surplus = _read("openai-messages", {**row, "images": ["a", "b"]})
    assert (len(surplus.images), surplus.placeholders, surplus.turns[0].instruction_images) == (2, 1, (0,))


def test_a_part_of_another_kind_rejects_the_row() -> None:
    row = {"messages": [{"role": "user", "content": [{"type": "smell", "smell": "x"}]}]}
    with pytest.raises(RejectedRecord, match="'smell' is neither text nor image") as caught:
        _read("openai-messages", row)
    assert (caught.value.code, caught.value.field) == ("unknown_part", "messages[0].content[0].type")


def test_several_system_messages_are_joined() -> None:
    record = _llava(
        ("system", "Be brief."), ("human", "Why?"), ("system", None), ("system", "Be kind."), ("gpt", "So.")
    )
    assert record.system == "Be brief.\nBe kind."
    assert record.turns == (Turn("Why?", "So."),)


def test_textbind_images_may_stand_in_the_response() -> None:
    record = _golden("textbind")
    assert record.turns == (
        Turn("Draw it at night.", "Here it is:", (0,), (1,), (), (11,)),
        Turn("Thank you.", "You are welcome."),
    )
    assert record.images == (ImageRef("day.jpg", caption="x"), ImageRef("night.jpg"))
    again = _read("textbind", load_format("textbind").write(replace(record, source=None)))
    assert again.images == record.images, "captions are written too"
    assert _golden("textbind", 1).turns == (Turn("Hello", "", (), (0, 1)),)


def test_coco_arc_names_its_task_and_asks_before_it_answers() -> None:
    record = _golden("coco_arc")
    assert (record.id, record.task, record.images) == ("arc-1", "region", (ImageRef("000000000009.jpg"),))
    assert record.turns[1] == Turn("Which colour?", "It is silver.")
    assert _golden("coco_arc", 1).id == "", "several dialogues may show one image: its name is no id"


def test_flat_formats_take_their_fields() -> None:
    assert _golden("minigpt4").turns == (Turn(None, "A harbour in the fog.", (0,)),)
    assert _golden("caption-rows").annotation == "a cook, photo"
    assert _golden("lrv").task == "negative"
    assert (_golden("llava-med").annotation, _golden("llava-med").task) == ("CT scan with a nodule.", "conversation")
    assert (_golden("vqa-rows").id, _golden("vqa-rows").task) == ("11", "Organ")
    assert _golden("alpaca").turns == (Turn("Describe the image.\nBe brief.", "A hill.", (0,)),)
    assert _golden("m3it", 1).images == (ImageRef(data=PIXEL), ImageRef(data=PIXEL))
    assert _golden("mimic-it").examples == ("CGD_INS_0", "CGD_INS_9")
    assert _golden("webdataset").turns == (Turn(None, "A red car."),)


def test_boxes_are_read_from_texts_and_what_is_no_box_is_none() -> None:
    assert _golden("multiinstruct").regions == (Region((1.5, 2.0, 30.0, 40.0)), Region((5.0, 6.0, 7.0, 8.0)))
    for odd in (None, "", "1 2 3", "a b c d", [1, 2], [None], {"x": 1}):
        row = {**GOLDEN_ROWS["multiinstruct"][0], "region": odd}
        assert _read("multiinstruct", row).regions == ()


def test_a_dialogue_is_not_written_as_a_row_of_one_turn() -> None:
    record = _golden("qa-list")
    moved = Record(record.turns, record.images)
    with pytest.raises(RejectedRecord, match="pope rows hold one turn, this record 2"):
        load_format("pope").write(moved)


def test_a_record_moves_from_one_format_to_another() -> None:
    moved = Record(_golden("textbind").turns, _golden("textbind").images, "t")
    again = _read("llava", load_format("llava").write(moved))
    names = [image.name for image in moved.images]
    assert (again.turns, [image.name for image in again.images]) == (moved.turns, names)
    assert (again.id, again.placeholders) == ("t", 2)


def test_a_mapped_format_reads_what_is_named_and_nothing_else() -> None:
    mapped = mapped_format({"response": "text", "image": "img"})
    record = mapped.read({"text": "<image>A dog.", "img": "d.jpg", "question": "?"}, place=NOWHERE)
    assert replace(record, source=None) == Record((Turn(None, "A dog.", (0,)),), (ImageRef("d.jpg"),), placeholders=1)
