"""The laws of the Format contract, over the whole catalogue."""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.given.golden_rows import GOLDEN_ROWS
from tests.given.texts_with_images import DIALOGUES, conversations, parts, row_of_parts, row_with
from vlitqa.catalogue import FORMATS, load_format
from vlitqa.errors import RejectedRecord
from vlitqa.formats.fields import PLACEHOLDER
from vlitqa.records import Place, Record, Row, Turn

PLACE = Place(row=6, line=41, offset=900, length=120)
NEEDED = {
    "llava": ("conversations", "conversations[0].from", "conversations[0].value"),
    "internlm": ("conversations", "conversations[1].from", "conversations[1].value"),
    "openai-messages": ("messages", "messages[0].role", "messages[1].content"),
    "mantis": ("conversation", "conversation[0].role", "conversation[3].content"),
    "textbind": ("conversation", "conversation[0].role", "conversation[1].content"),
    "coco_arc": ("conversations", "img_ids"),
    "qa-list": ("QA",),
    "minigpt4": ("caption",),
    "caption-rows": ("question", "answer"),
    "lrv": ("instruction", "answer_gt"),
    "llava-med": ("text", "gpt4_answer"),
    "vqa-rows": ("question", "answer"),
    "multiinstruct": ("prompt", "target"),
    "pope": ("text", "label"),
    "alpaca": ("instruction", "output"),
    "m3it": ("instruction", "outputs"),
    "m3it-images": ("instruction", "outputs"),
    "mimic-it": ("instruction", "answer"),
    "webdataset": ("__text__",),
    "qwen-vl": ("conversations", "conversations[0].from", "conversations[0].value"),
    "finevision": ("texts",),
    "prompt-completion": ("prompt", "prompt[0].role", "completion"),
    "preferences": ("prompt[0].content", "chosen"),
    "openai-preferences": ("input", "preferred_output"),
    "question-preferences": ("question", "chosen"),
    "chat-requests": ("body", "body.messages[0].role", "body.messages[0].content"),
    "gemini": ("contents", "contents[1].parts"),
    "queries": ("query", "response"),
    "data-juicer": ("text",),
    "obelics": ("texts", "images"),
    "captions": ("caption",),
    "voted-answers": ("question", "answers"),
    "problems": ("problem", "solution"),
}
"""Fields without which the first golden row of a format is no row."""
TYPED = {
    "llava": ("image", "conversations[0]"),
    "internlm": ("image", "conversations[0]"),
    "openai-messages": ("images", "messages[2]"),
    "mantis": ("images", "conversation[1]"),
    "textbind": ("conversation[0].image_list", "conversation[1]"),
    "coco_arc": ("instruction_type", "conversations[0]", "conversations[0].User", "conversations[1].AI"),
    "qa-list": ("image", "QA[1]", "QA[0].q", "QA[1].a"),
    "minigpt4": ("image_id",),
    "caption-rows": ("image", "prompt"),
    "lrv": ("image_id", "task"),
    "llava-med": ("image", "fig_caption", "type"),
    "vqa-rows": ("img_name", "content_type"),
    "multiinstruct": ("image_path", "task_name"),
    "pope": ("image",),
    "alpaca": ("image", "input"),
    "m3it": ("image_base64_str[0]", "inputs"),
    "m3it-images": ("image", "inputs"),
    "mimic-it": ("image_ids",),
    "webdataset": (),
    "qwen-vl": ("conversations[1]",),
    "finevision": ("images", "texts[0]", "texts[1].user"),
    "prompt-completion": ("images", "completion[0]"),
    "preferences": ("images", "chosen[0]", "rejected"),
    "openai-preferences": ("preferred_output[0]", "non_preferred_output"),
    "question-preferences": ("image", "rejected"),
    "chat-requests": ("body.messages[0]", "body.messages[0].content[0]"),
    "gemini": ("contents[0]", "contents[1].parts[0]"),
    "queries": ("images",),
    "data-juicer": ("images",),
    "obelics": ("images[1]", "texts[0]"),
    "captions": ("image_url",),
    "voted-answers": ("image", "answers[0]"),
    "problems": ("image", "thinking"),
}
"""Fields that may be absent, but not of another type."""


def _fields(table: Mapping[str, tuple[str, ...]]) -> list[Any]:
    return [pytest.param(name, field, id=f"{name}-{field}") for name, fields in table.items() for field in fields]


every_golden_row = pytest.mark.parametrize(
    ("name", "row"),
    [pytest.param(name, row, id=f"{name}-{n}") for name, rows in GOLDEN_ROWS.items() for n, row in enumerate(rows)],
)


@pytest.mark.parametrize("table", [GOLDEN_ROWS, NEEDED, TYPED])
def test_every_format_of_the_catalogue_is_under_these_laws(table: dict[str, object]) -> None:
    assert set(table) == set(FORMATS)


@every_golden_row
def test_exactly_one_format_recognises_a_golden_row(name: str, row: Row) -> None:
    assert [other for other in FORMATS if load_format(other).recognises(row)] == [name]


@every_golden_row
def test_a_row_that_was_read_is_written_back_unchanged(name: str, row: Row) -> None:
    row_format = load_format(name)
    assert row_format.write(row_format.read(row, place=PLACE)) is row


@every_golden_row
def test_reading_does_not_change_the_row(name: str, row: Row) -> None:
    before = copy.deepcopy(row)
    load_format(name).read(row, place=PLACE)
    assert row == before


@every_golden_row
def test_a_record_says_where_its_row_stands(name: str, row: Row) -> None:
    assert load_format(name).read(row, place=PLACE).place == PLACE


@every_golden_row
def test_a_record_without_its_row_can_be_written_anew_and_read_again(name: str, row: Row) -> None:
    row_format = load_format(name)
    record = row_format.read(row, place=PLACE)
    anew = row_format.write(replace(record, source=None))
    assert row_format.recognises(anew)
    again = row_format.read(anew, place=PLACE)
    assert again.turns == record.turns
    assert [_shown(ref) for ref in again.images] == [_shown(ref) for ref in record.images]
    assert (again.id, again.task, again.system) == (record.id, record.task, record.system)
    assert (again.annotation, again.regions, again.examples) == (record.annotation, record.regions, record.examples)
    assert again.rejected == record.rejected


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=80, deadline=None)
@given(conversation=conversations, surplus=st.integers(-1, 1))
def test_images_keep_their_places_when_a_row_is_read_written_and_read_again(
    name: str, conversation: list[str], surplus: int
) -> None:
    _assert_kept(name, row_with(name, conversation, surplus))


@settings(max_examples=200, deadline=None)
@given(content=parts)
def test_parts_of_a_message_keep_their_places_too(content: list[str | None]) -> None:
    _assert_kept("openai-messages", row_of_parts(content))


@pytest.mark.parametrize("name", DIALOGUES)
@settings(max_examples=80, deadline=None)
@given(conversation=conversations)
def test_the_same_letters_stand_before_an_image_as_in_the_row(name: str, conversation: list[str]) -> None:
    record = load_format(name).read(row_with(name, conversation), place=PLACE)
    halves = [half for turn in record.turns for half in _halves(turn)]
    for raw, (text, images, offsets) in zip(conversation, halves, strict=False):
        before = [PLACEHOLDER.sub("", raw[: match.start()]).split() for match in PLACEHOLDER.finditer(raw)]
        if before:
            assert [(text or "")[:offset].split() for offset in offsets or (0,) * len(images)] == before


@every_golden_row
def test_a_pickled_record_loses_its_row_and_nothing_else(name: str, row: Row) -> None:
    record = load_format(name).read(row, place=PLACE)
    travelled = pickle.loads(pickle.dumps(record))
    assert record.source is row
    assert isinstance(travelled, Record)
    assert travelled == replace(record, source=None)


@pytest.mark.parametrize(("name", "field"), _fields(NEEDED))
def test_a_row_without_a_needed_field_is_rejected_with_line_and_field(name: str, field: str) -> None:
    _assert_rejected(name, _without(GOLDEN_ROWS[name][0], field), field)


@pytest.mark.parametrize("wrong", [{"wrong": 1}, True], ids=["object", "boolean"])
@pytest.mark.parametrize(("name", "field"), _fields({name: NEEDED[name] + TYPED[name] for name in FORMATS}))
def test_a_row_with_a_field_of_a_wrong_type_is_rejected_with_line_and_field(
    name: str, field: str, wrong: object
) -> None:
    _assert_rejected(name, _with(GOLDEN_ROWS[name][0], field, wrong), field)


@pytest.mark.parametrize("name", ["llava", "internlm", "openai-messages", "mantis", "textbind"])
@pytest.mark.parametrize("speaker", ["narrator", "", None, 5, ["human"], {"name": "human"}], ids=str)
def test_a_speaker_that_no_one_knows_is_rejected(name: str, speaker: object) -> None:
    field = NEEDED[name][1]
    reject = _assert_rejected(name, _with(GOLDEN_ROWS[name][0], field, speaker), field)
    assert reject.code == "unknown_role"


def _assert_kept(name: str, row: Row) -> None:
    """The turns of a row, their images and offsets are the same when it is written anew and read again."""
    row_format = load_format(name)
    record = row_format.read(row, place=PLACE)
    again = row_format.read(row_format.write(replace(record, source=None)), place=PLACE)
    assert again.turns == record.turns
    assert again.images == record.images


def _halves(turn: Turn) -> list[tuple[str | None, tuple[int, ...], tuple[int, ...]]]:
    return [
        (turn.instruction, turn.instruction_images, turn.instruction_offsets),
        (turn.response, turn.response_images, turn.response_offsets),
    ]


def _shown(ref: Any) -> object:
    """The name of an image, or its bytes where it has none."""
    return ref.name or ref.data


def _assert_rejected(name: str, row: Row, field: str) -> RejectedRecord:
    with pytest.raises(RejectedRecord) as caught:
        load_format(name).read(row, place=PLACE)
    assert caught.value.line == PLACE.line
    assert caught.value.field.startswith(field)
    assert str(caught.value).startswith(f"line 41: {field}")
    return caught.value


def _with(row: Row, field: str, value: object) -> Row:
    changed, holder, last = _opened(row, field)
    holder[last] = value
    return changed


def _without(row: Row, field: str) -> Row:
    changed, holder, last = _opened(row, field)
    del holder[last]
    return changed


def _opened(row: Row, field: str) -> tuple[Row, Any, Any]:
    """A copy of the row, and what holds the field in it, such as `conversations[0].from`."""
    steps: list[Any] = [int(step) if step.isdigit() else step for step in re.findall(r"\w+", field)]
    changed: Any = copy.deepcopy(dict(row))
    holder = changed
    for step in steps[:-1]:
        holder = holder[step]
    return changed, holder, steps[-1]
