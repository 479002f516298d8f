"""Where images stand in the texts of a record, and where they are written."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.given.golden_rows import GOLDEN_ROWS
from vlitqa.catalogue import load_format
from vlitqa.records import NOWHERE, Record, Row, Turn


def _read(name: str, row: Row) -> Record:
    return load_format(name).read(row, place=NOWHERE)


def _dialogue(question: str, answer: str, image: list[str]) -> Record:
    conversation = [{"from": "human", "value": question}, {"from": "gpt", "value": answer}]
    return _read("llava", {"id": "x", "image": image, "conversations": conversation})


@pytest.mark.parametrize(
    ("text", "clean", "offsets", "written"),
    [
        ("<image>\nWhat?", "What?", (), "<image>\nWhat?"),
        ("<image><img1> Same?", "Same?", (), "<image><image>\nSame?"),
        ("Is <image> in <image>?", "Is  in ?", (3, 7), "Is <image> in <image>?"),
        ("  Before:\n<image> ", "Before:", (7,), "Before: <image>"),
        ("<image>, then <image> \n<image>", ", then", (0, 6, 6), "<image>\n, then <image><image>"),
        ("🪑<img0>a chair</img0>🪑", "🪑🪑", (1,), "🪑<image>🪑"),
        (" <image> ", "", (), "<image>\n"),
    ],
)
def test_an_image_is_written_where_it_stood(text: str, clean: str, offsets: tuple[int, ...], written: str) -> None:
    record = _dialogue(text, "So.", ["a", "b", "c"][: text.count("<im")])
    assert (record.turns[0].instruction, record.turns[0].instruction_offsets) == (clean, offsets)
    anew: Any = load_format("llava").write(replace(record, source=None))
    assert anew["conversations"][0]["value"] == written


def test_textbind_pictures_are_written_where_they_stood_and_beside_the_message() -> None:
    anew: Any = load_format("textbind").write(
        replace(_read("textbind", GOLDEN_ROWS["textbind"][0]), source=None, system="Draw well.")
    )
    assert [(message["content"], message["image_list"]) for message in anew["conversation"]] == [
        ("Draw well.", []),
        ("<image>\nDraw it at night.", ["day.jpg"]),
        ("Here it is: <image>", ["night.jpg"]),
        ("Thank you.", []),
        ("You are welcome.", []),
    ]


def test_a_row_without_placeholders_is_written_without_them() -> None:
    record = _dialogue(" Left? ", "Red.", ["l", "r"])
    anew = load_format("llava").write(replace(record, source=None))
    assert anew["conversations"] == record.source["conversations"]  # type: ignore[index]
    arc = load_format("coco_arc").write(replace(_read("coco_arc", GOLDEN_ROWS["coco_arc"][0]), source=None))
    assert arc["conversations"][0]["User"] == "What lies in the box [10, 20, 30, 40]?"  # type: ignore[index]


def test_a_flat_row_keeps_images_inside_its_instruction() -> None:
    row = {"instruction": "Is <image> in <image>?", "input": "Look.", "output": "No.", "image": ["a", "b"]}
    record = _read("alpaca", row)
    assert record.turns == (Turn("Is  in ?\nLook.", "No.", (0, 1), (), (3, 7)),)
    assert load_format("alpaca").write(replace(record, source=None))["instruction"] == "Is <image> in <image>?\nLook."
    fewer = _read("alpaca", {**row, "image": "a"})
    assert fewer.turns[0].instruction_offsets == (), "nothing says which of the two the image is"


def test_images_between_the_parts_of_a_message_stand_between_their_texts() -> None:
    content = [{"type": "text", "text": "Left: "}, {"type": "image", "image": "l"}, {"type": "text", "text": "Same?"}]
    record = _read("openai-messages", {"messages": [{"role": "user", "content": content}]})
    assert record.turns == (Turn("Left: \nSame?", None, (0,), (), (6,)),)
