"""The shapes in which tools and projects of 2026 write their rows give the turns and images that they mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.given.golden_rows import GOLDEN_ROWS, PIXEL
from vlitqa.catalogue import FORMATS, load_format
from vlitqa.errors import RejectedRecord
from vlitqa.records import NOWHERE, ImageRef, Record, Region, Row, Turn

DOT = ImageRef(data=PIXEL)


def read(row: Row) -> Record:
    """The record of a row in the only format that recognises it."""
    (name,) = [name for name in FORMATS if load_format(name).recognises(row)]
    return load_format(name).read(row, place=NOWHERE)


def golden(name: str, number: int = 0) -> Record:
    return read(GOLDEN_ROWS[name][number])


def chat(*messages: tuple[str, object]) -> Row:
    return {"messages": [{"role": role, "content": content} for role, content in messages]}


PICTURE = [{"type": "image_url", "image_url": {"url": "a.png"}}]


@pytest.mark.parametrize(
    ("asked", "turn"),
    [
        (["What is it?", PICTURE], Turn("What is it?", "A dot.", (0,), (), (11,))),
        ([PICTURE, "What is it?"], Turn("What is it?", "A dot.", (0,))),
        ([PICTURE, PICTURE, "Which?"], Turn("Which?", "A dot.", (0, 1))),
        ([PICTURE, "Which?", PICTURE], Turn("Which?", "A dot.", (0, 1), (), (0, 6))),
    ],
)
def test_a_picture_in_a_message_of_its_own_belongs_to_the_question_beside_it(
    asked: Sequence[object], turn: Turn
) -> None:
    record = read(chat(*(("user", content) for content in asked), ("assistant", "A dot.")))
    assert record.turns == (turn,)


def test_two_questions_with_words_are_still_two() -> None:
    assert read(chat(("user", "One?"), ("user", "Two?"), ("assistant", "2."))).turns == (
        Turn("One?", None),
        Turn("Two?", "2."),
    )


def test_the_documented_example_of_openai_has_one_whole_turn() -> None:
    record = golden("openai-messages", 2)
    assert record.turns == (Turn("What is this cheese?", "Danbo", (0,), (), (20,)),)
    assert (record.images, record.system) == ((DOT,), "Name the cheese.")


def test_calls_of_tools_and_their_results_take_turns() -> None:
    call = '[{"function":{"name":"weather","arguments":"{}"}}]'
    assert golden("openai-messages", 3).turns == (Turn("Warm in Oslo?", call), Turn("4 degrees\nrain", "No."))
    measure = '{"name": "measure", "arguments": {}}'
    assert golden("llava", 6).turns == (
        Turn("How high is it?", measure, (0,)),
        Turn('{"metres": 20}', "Twenty metres."),
    )


def test_calls_beside_words_are_one_answer() -> None:
    words = chat(
        ("user", "?"), ("assistant", "I look."), ("tool_call", "a"), ("tool_call", "b"), ("tool_response", "c")
    )
    assert read(words).turns == (Turn("?", "I look.\na\nb"), Turn("c", None))


def test_anthropic_has_sources_reasoning_and_its_system_beside_the_messages() -> None:
    record = golden("openai-messages", 4)
    assert record.turns == (Turn("What is it?", "<think>One pixel.</think>\nA dot.", (0,)),)
    assert (record.images, record.system) == ((DOT,), "Be brief.")


def test_qwen_needs_no_types_of_parts() -> None:
    record = golden("openai-messages", 5)
    assert (record.turns, record.images) == ((Turn("What?", "A dot.", (0,)),), (ImageRef("dot.png"),))


def test_ms_swift_has_names_and_boxes_in_place_of_its_marks() -> None:
    record = golden("openai-messages", 6)
    assert record.turns == (Turn("Find the zebra", "It is at [1, 2, 30, 40] and [5, 6, 7, 8].", (0,)),)
    assert record.regions == (Region((1, 2, 30, 40)), Region((5, 6, 7, 8)))
    assert record.rejected == "Nowhere."
    too_few: dict[str, Any] = {**GOLDEN_ROWS["openai-messages"][6], "objects": {"bbox": [[1, 2, 3, 4]]}}
    assert read(too_few).turns == (Turn("Find <ref-object>", "It is at [1, 2, 3, 4] and <bbox>.", (0,)),)


def test_qwen_vl_names_its_images_in_the_text() -> None:
    record = golden("qwen-vl")
    assert [image.name for image in record.images] == ["https://example.org/a.jpg", "b.jpg", "c.jpg"]
    first, second = record.turns
    assert (first.instruction, first.instruction_images, second.instruction_images) == ("Which is older?", (0, 1), (2,))
    beside: Row = {"image": "a.jpg", "conversations": GOLDEN_ROWS["qwen-vl"][0]["conversations"]}
    assert load_format("llava").recognises(beside), "images in a field count, whatever the text says"


def test_finevision_asks_several_questions_about_its_images() -> None:
    record = golden("finevision")
    assert record.turns == (Turn("What is it?", "A dot.", (0,)), Turn("Which colour?", "Black."))
    assert (record.images, record.placeholders) == ((DOT,), None)


@pytest.mark.parametrize(
    ("name", "number", "turn", "rejected"),
    [
        ("prompt-completion", 0, Turn("What is it?", "A dot.", (0,)), None),
        ("prompt-completion", 1, Turn("The sky is", " blue."), None),
        ("preferences", 0, Turn("What is it?", "A dot.", (0,)), "A line."),
        ("preferences", 1, Turn("Two and two?", "Four."), "Five."),
        ("preferences", 2, Turn("The sky is", " blue."), " green."),
        ("openai-preferences", 0, Turn("How cold is it?", "Four degrees."), "Cold."),
        ("question-preferences", 0, Turn("What is it?", "A dot.", (0,)), "A line."),
        ("llava", 5, Turn("Which bird?", "A heron.", (0,)), "A dog."),
        ("alpaca", 3, Turn("Two and two?", "Four."), "Five."),
        ("queries", 0, Turn("What is it?", "A dot.", (0,)), None),
        ("chat-requests", 0, Turn("What?", None, (0,), (), (5,)), None),
        ("chat-requests", 2, Turn("Why?", None), None),
        ("gemini", 0, Turn("What is it?", "A dot.", (0,)), None),
        ("gemini", 1, Turn("?", None, (0,)), None),
        ("data-juicer", 0, Turn("What is it?", "A [[dot]].", (0,)), None),
        ("voted-answers", 0, Turn("Colour?", "red", (0,)), None),
        ("voted-answers", 1, Turn("How many?", "2", (0,)), None),
        ("captions", 1, Turn(None, "A dot.", (0,)), None),
        ("problems", 0, Turn("Find x.", "<think>Hm.</think>\n<answer>3</answer>", (0,)), None),
        ("obelics", 0, Turn(None, "A harbour.\n\nTwo boats.", (), (0, 1), (), (10, 10)), None),
    ],
)
def test_a_row_gives_its_turn_and_what_was_rejected(name: str, number: int, turn: Turn, rejected: str | None) -> None:
    record = golden(name, number)
    assert (record.turns, record.rejected) == ((turn,), rejected)
    assert record.placeholders in (None, len(record.images)), "no image is counted as missing"


@pytest.mark.parametrize("name", ["alpaca", "queries"])
def test_earlier_turns_stand_before_the_question(name: str) -> None:
    record = golden(name, 2 if name == "alpaca" else 1)
    assert [turn.response for turn in record.turns][-1] == ("A line." if name == "alpaca" else "No.")
    assert record.turns[0] == (Turn("What is it?", "A dot.", (0,)) if name == "alpaca" else Turn("Hello", "Hi."))
    with pytest.raises(RejectedRecord) as caught:
        read({**GOLDEN_ROWS[name][0], "history": [["One side"]]})
    assert caught.value.field == "history[0]"


def test_the_system_may_stand_in_a_field_of_its_own() -> None:
    assert golden("llava", 5).system == "You know birds."
    assert golden("alpaca", 2).system == "Be brief."
    assert golden("gemini").system == "Be brief."
    assert [golden("chat-requests", number).system for number in (1, 2)] == ["Be brief.", "Hm."]


def test_a_page_of_several_turns_or_with_an_instruction_is_none_of_obelics() -> None:
    for turns in ((Turn("Why?", "So."),), (Turn(None, "a"), Turn(None, "b"))):
        with pytest.raises(RejectedRecord, match="one response and no instruction"):
            load_format("obelics").write(Record(turns))
