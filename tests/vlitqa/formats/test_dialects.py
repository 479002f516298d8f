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


def part(text: str) -> dict[str, object]:
    return {"type": "text", "text": text}


def picture(name: str) -> dict[str, object]:
    return {"type": "image_url", "image_url": {"url": name}}


SHOWN_BY_A_TOOL = {"type": "tool_result", "tool_use_id": "t", "content": [part("ok"), {"image": "shot.png"}]}


@pytest.mark.parametrize(
    ("row", "turns"),
    [
        (  # TRL's layout: unified columns, the image counted
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [{**part("q"), "index": None}, {"type": "image", "text": None, "index": 0}],
                    },
                    {"role": "assistant", "content": [{**part("a"), "index": None}]},
                ],
                "images": ["a"],
            },
            [Turn("q", "a", (0,), (), (1,))],
        ),
        (  # parts of one schema, each with a null
            chat(
                ("user", [{"image": "a", "text": None}, {"image": None, "text": "q"}]),
                ("assistant", [{"image": None, "text": "a"}]),
            ),
            [Turn("q", "a", (0,))],
        ),
        (chat(("user", [{"image": "a", "text": "q"}]), ("assistant", "a")), [Turn("q", "a", (0,), (), (1,))]),
        ({**chat(("user", "<image>q"), ("assistant", "a")), "image": "a"}, [Turn("q", "a", (0,))]),
        (  # as transformers documents calls
            {
                "messages": [
                    {"role": "user", "content": "q"},
                    {"role": "assistant", "tool_calls": [{"function": {"name": "w"}}]},
                    {"role": "tool", "content": "4"},
                    {"role": "assistant", "content": None, "refusal": "I will not."},
                ]
            },
            [Turn("q", '[{"function":{"name":"w"}}]'), Turn("4", "I will not.")],
        ),
        (
            {
                "messages": [
                    {"role": "user", "content": "q"},
                    {"role": "assistant", "content": "a", "reasoning_content": "hm"},
                ]
            },
            [Turn("q", "<think>hm</think>\na")],
        ),
        (
            chat(("user", "q"), ("assistant", "f"), ("user", [SHOWN_BY_A_TOOL]), ("assistant", "a")),
            [Turn("q", "f"), Turn("ok", "a", (0,), (), (2,))],
        ),
        (  # an image of its own stays with its message, whatever the words say
            chat(
                ("user", [picture("a"), picture("b"), part("Compare <image> now")]),
                ("assistant", "x"),
                ("user", [picture("c"), part("and?")]),
                ("assistant", "y"),
            ),
            [Turn("Compare  now", "x", (0, 1), (), (0, 8)), Turn("and?", "y", (2,))],
        ),
        (
            chat(("user", [picture("a"), part("is <image> or <image>")]), ("assistant", "x"), ("user", [picture("b")])),
            [Turn("is  or", "x", (0,), (), (3,)), Turn("", None, (1,))],
        ),
        (  # LLaMA-Factory's preferences
            {
                **chat(("user", "q")),
                "chosen": {"role": "assistant", "content": "g"},
                "rejected": {"role": "assistant", "content": "b"},
            },
            [Turn("q", "g")],
        ),
        (  # the prompt stands in the chosen dialogue, too
            {
                "prompt": "q",
                "chosen": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "g"}],
                "rejected": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "b"}],
            },
            [Turn("q", "g")],
        ),
        (
            {
                "prompt": "q",
                "chosen": {"role": "assistant", "content": "g"},
                "rejected": {"role": "assistant", "content": "b"},
            },
            [Turn("q", "g")],
        ),
        ({"instruction": "i", "input": "", "output": None, "chosen": "g", "rejected": "b"}, [Turn("i", "g")]),
        ({"image": None, "images": ["a"], "problem": "q", "solution": "r"}, [Turn("q", "r", (0,))]),
        (
            {"instruction": "i", "input": "<image>x", "output": "o", "images": ["a"]},
            [Turn("i\nx", "o", (0,), (), (2,))],
        ),
        ({"key": "r", "request": {"contents": [{"parts": [{"text": "q"}]}]}}, [Turn("q", None)]),
        (
            {
                "request": {"contents": [{"role": "user", "parts": [{"text": "q", "fileData": None}]}]},
                "response": {"candidates": [{"content": {"role": "model", "parts": [{"text": "a"}]}}]},
            },
            [Turn("q", "a")],
        ),
        ({"images": [], "texts": [{"user": "q", "assistant": "a", "model": "gpt", "human": "b"}]}, [Turn("q", "a")]),
        (
            {
                "messages": [{"role": "user", "content": [part("Find <bbox>"), {"type": "image"}, part("now")]}],
                "images": ["a"],
                "objects": {"bbox": [[1, 2, 3, 4]]},
            },
            [Turn("Find [1, 2, 3, 4]\nnow", None, (0,), (), (17,))],
        ),
        ({"text": "[[human]]: what does [[user]]: mean?\n[[gpt]]: a"}, [Turn("what does [[user]]: mean?", "a")]),
        (  # MiniCPM-V
            {
                "image": "a",
                "conversations": [{"role": "user", "content": "<image>q"}, {"role": "assistant", "content": "a"}],
            },
            [Turn("q", "a", (0,))],
        ),
        ({"messages": [{"role": "user", "content": "q", "images": ["a"]}]}, [Turn("q", None, (0,))]),
        (
            {"image": "a", "question": "q", "chosen": "g", "rejected": "b", "answer": "x"},
            [Turn("q", "x", (0,))],
        ),
    ],
)
def test_a_realistic_row_loses_no_word_and_no_image(row: Row, turns: Sequence[Turn]) -> None:
    assert list(read(row).turns) == list(turns)


def test_systems_in_a_field_and_in_a_message_are_joined() -> None:
    messages = [{"from": "system", "value": "S2"}, {"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]
    assert read({"system": "S1", "conversations": messages}).system == "S1\nS2"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (chat(("user", [{"type": ["text"], "text": "q"}])), "unknown_part"),
        (chat(("user", [{"type": "text", "content": "q"}])), "missing_field"),
        (
            {"contents": [{"parts": [{"fileData": {"mimeType": "application/pdf", "fileUri": "gs://v.pdf"}}]}]},
            "unknown_part",
        ),
        ({"image": "a", "problem": "q", "solution": [120, 33]}, "wrong_type"),
        ({"instruction": "q", "output": ["best", "worse"]}, "wrong_type"),
    ],
)
def test_what_cannot_be_read_is_rejected_with_its_reason(row: Row, code: str) -> None:
    with pytest.raises(RejectedRecord) as caught:
        read(row)
    assert caught.value.code == code


def test_words_in_brackets_that_name_no_speaker_begin_no_dialogue() -> None:
    assert read({"image": "a.jpg", "text": "[[1]]: a footnote"}).turns == (Turn(None, "[[1]]: a footnote", (0,)),)
    with pytest.raises(RejectedRecord, match="begins with no speaker"):
        load_format("data-juicer").read({"text": "Hello."}, place=NOWHERE)
