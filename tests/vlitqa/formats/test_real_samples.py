"""Published datasets are read whole, by their content alone; each test is skipped where its sample is absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.given.shared_data import shared
from vlitqa.api.choices import parse_mapping
from vlitqa.errors import UnknownFormat, WrongEncoding
from vlitqa.reader import Reading, open_dataset
from vlitqa.records import Record, Reject

SAMPLES = {
    "llava_pretrain_240/dataset.json": ("json array", "llava", 240),
    "mantis_chat_24/dataset.json": ("json array", "mantis", 24),
    "text/cc_sbu_align_scored.json": ("json objects", "minigpt4", 3439),
    "text/llava_complex_reasoning_2k.json": ("json array", "qa-list", 2000),
    "text/minigpt_caption_3k.json": ("json array", "qa-list", 3362),
    "text/stablellava_profession.json": ("json array", "caption-rows", 12000),
    "text/stablellava_color.json": ("json array", "caption-rows", 1983),
    "text/lrv_evaluation_set.json": ("json array", "lrv", 1000),
    "text/llava_med_qa193.jsonl": ("jsonl", "llava-med", 193),
    "text/slake_validate.json": ("json array", "vqa-rows", 2099),
    "text/llava_qa90.jsonl": ("jsonl", "alpaca", 90),
    "text/pope_coco_random.json": ("jsonl", "pope", 3000),
    "text/multiinstruct_59.jsonl": ("jsonl", "multiinstruct", 59),
}
"""Container, format and rows, as data/README.md counts them."""


def _entries(path: Path, reading: Reading | None = None) -> list[Record | Reject]:
    with open_dataset(path, reading).entries() as entries:
        return list(entries)


def _records(name: str) -> list[Record]:
    entries = _entries(shared(f"vlit/{name}"))
    return [entry for entry in entries if isinstance(entry, Record)]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_published_file_is_read_whole_by_its_content_alone(name: str) -> None:
    path = shared(f"vlit/{name}")
    dataset = open_dataset(path)
    entries = _entries(path)
    assert (dataset.container.name, dataset.format and dataset.format.name, len(entries)) == SAMPLES[name]
    assert [entry for entry in entries if isinstance(entry, Reject)] == []


@pytest.mark.parametrize("name", SAMPLES)
def test_every_record_of_a_published_file_holds_words_and_knows_its_place(name: str) -> None:
    records = _records(name)
    assert all(record.text().strip() for record in records)
    assert [record.place.row for record in records] == list(range(len(records)))
    lines = [record.place.line for record in records]
    assert lines == sorted(lines)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_bytes_at_the_place_of_a_record_are_its_row(name: str) -> None:
    content = shared(f"vlit/{name}").read_bytes()
    records = _records(name)
    for record in records:
        piece = content[record.place.offset : record.place.offset + record.place.length]
        assert len(piece) == record.place.length
        assert (piece.strip()[:1], piece.strip()[-1:]) == (b"{", b"}")
    for record in records[:50]:
        assert content[: record.place.offset].count(b"\n") == record.place.line - 1


def test_the_instructions_of_llava_med_are_read_through_a_mapping_and_have_no_response() -> None:
    path = shared("vlit/text/llava_med_60k_instructions.csv")
    entries = _entries(path, Reading(mapping=parse_mapping("instruction=seq")))
    records = [entry for entry in entries if isinstance(entry, Record)]
    assert (len(entries), len(records)) == (48401, 48401)
    assert all(len(record.turns) == 1 and record.turns[0].response is None for record in records)
    assert records[0].turns[0].instruction == "What is the purpose of the horizontal lines?"


def test_the_instructions_of_llava_med_are_refused_without_a_mapping() -> None:
    with pytest.raises(UnknownFormat, match="verb, noun, seq") as caught:
        open_dataset(shared("vlit/text/llava_med_60k_instructions.csv"))
    assert "--map instruction=FIELD" in caught.value.repair


def test_scores_in_a_chinese_encoding_are_refused_with_its_name_and_the_repair() -> None:
    with pytest.raises(WrongEncoding, match="GB18030") as caught:
        open_dataset(shared("vlit/text/gpt4_scores_gb18030.json"))
    assert caught.value.repair.startswith("Convert it first: iconv -f GB18030 -t UTF-8 ")


def test_captions_and_boxes_are_refused_with_their_fields_and_the_way_to_map_them() -> None:
    with pytest.raises(UnknownFormat, match="id, image, captions, instances") as caught:
        open_dataset(shared("vlit/text/coco_caps_boxes_80.jsonl"))
    assert "no known format has its instruction or response" in caught.value.message
    assert "--map instruction=FIELD,response=FIELD,image=FIELD" in caught.value.repair


def test_a_llava_pretrain_row_has_one_turn_and_one_image_of_its_folder() -> None:
    folder = shared("vlit/llava_pretrain_240")
    records = _records("llava_pretrain_240/dataset.json")
    assert all(len(record.turns) == 1 and len(record.images) == record.placeholders == 1 for record in records)
    assert all(record.turns[0].instruction_images == (0,) for record in records)
    files = [list(folder.rglob(record.images[0].name.rpartition("/")[2])) for record in records]
    assert all(files)


def test_mantis_dialogues_spread_several_images_over_their_turns() -> None:
    records = _records("mantis_chat_24/dataset.json")
    assert all(len(record.images) == record.placeholders for record in records)
    shown = [[place for turn in record.turns for place in turn.instruction_images] for record in records]
    assert shown == [list(range(len(record.images))) for record in records]
    assert any(len(record.images) > 1 for record in records)


def test_what_stablellava_says_of_an_image_becomes_its_annotation() -> None:
    records = _records("text/stablellava_color.json")
    assert all(record.annotation for record in records)


def test_half_of_slake_is_chinese_and_every_row_names_its_task() -> None:
    records = _records("text/slake_validate.json")
    chinese = sum(not (record.turns[0].instruction or "").isascii() for record in records)
    assert 0.4 < chinese / len(records) < 0.6
    assert all(record.task for record in records)
