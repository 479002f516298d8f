"""Datasets and exams as files: made in five ways, read back as what they are, and the same on any number of workers."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from tests.given.run_cli import check_json, vlitqa
from vlitqa.formats.coco_arc import CocoArc
from vlitqa.formats.llava import Llava
from vlitqa.reader import open_dataset
from vlitqa.records import Record
from vlitqa.shapes.datasets import MAKERS, records_of
from vlitqa.shapes.questions import DIMENSIONS
from vlitqa.shapes.scenes import COLOURS, SHAPES, scene_of

pytestmark = pytest.mark.slow


def read(path: Path) -> list[Record]:
    with open_dataset(path).entries() as opened:
        entries = list(opened)
    records = [entry for entry in entries if isinstance(entry, Record)]
    assert len(records) == len(entries)
    return records


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("name", MAKERS)
def test_a_longer_dataset_goes_on_where_a_shorter_one_ends(name: str) -> None:
    assert records_of(name, 4, 30) == records_of(name, 4, 60)[:30]
    assert records_of(name, 4, 30) != records_of(name, 5, 30)


@pytest.mark.parametrize("name", MAKERS)
def test_every_colour_and_shape_that_is_said_to_be_there_is_there(name: str) -> None:
    for record in records_of(name, 2, 150):
        numbers = [int(ref.name.split(".")[0]) for ref in record.images]
        present = {thing.name for number in numbers for thing in scene_of(2, number).things}
        for turn in record.turns:
            claim = (turn.response or "").partition("but there is")[2] or turn.response or ""
            named = {f"{colour} {shape}" for colour in COLOURS for shape in SHAPES if f"{colour} {shape}" in claim}
            assert named <= present, (turn.instruction, turn.response)


def test_the_ways_of_making_differ_as_the_published_ones_do() -> None:
    datasets = {name: records_of(name, 0, 300) for name in MAKERS}
    assert {len(records) for records in datasets.values()} == {300}
    instructions = {
        name: {turn.instruction for record in records for turn in record.turns} for name, records in datasets.items()
    }
    assert len(instructions["adapted"]) == 4
    assert len(instructions["generated"]) > 200
    assert {len(record.images) for record in datasets["paired"]} == {2}
    assert {record.task for record in datasets["guided"]} == {"global", "negative", "region"}
    for record in datasets["controlled"]:
        assert len({turn.instruction for turn in record.turns}) == 3


@pytest.mark.parametrize("name", MAKERS)
def test_a_dataset_on_disk_is_faultless_and_the_same_for_any_number_of_workers(name: str, tmp_path: Path) -> None:
    for workers in (1, 2):
        done = vlitqa("shapes", name, f"w{workers}", "--size", 40, "--side", 64, "--workers", workers, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert files_in(tmp_path / "w1") == files_in(tmp_path / "w2")
    check = check_json(tmp_path / "w1" / "dataset.jsonl", cwd=tmp_path)
    assert (check["format"], check["records"], check["rejects"], check["missing_images"]) == ("llava", 40, 0, 0)
    assert not [finding for finding in check["findings"] if finding["severity"] == "error"]
    rows = [json.loads(line) for line in (tmp_path / "w1" / "dataset.jsonl").read_text().splitlines()]
    assert [Llava().write(record) for record in read(tmp_path / "w1" / "dataset.jsonl")] == rows


def test_one_dataset_is_written_as_the_reviews_own(tmp_path: Path) -> None:
    assert vlitqa("shapes", "guided", "arc", "--size", 30, "--format", "coco_arc", cwd=tmp_path).returncode == 0
    assert vlitqa("shapes", "guided", "llava", "--size", 30, cwd=tmp_path).returncode == 0
    arc, llava = read(tmp_path / "arc" / "dataset.jsonl"), read(tmp_path / "llava" / "dataset.jsonl")
    assert CocoArc().recognises(json.loads((tmp_path / "arc" / "dataset.jsonl").read_text().splitlines()[0]))
    assert [record.turns for record in arc] == [record.turns for record in llava]
    assert Counter(record.task for record in arc) == {"global": 10, "negative": 10, "region": 10}


def test_a_fault_changes_as_many_records_as_it_says(tmp_path: Path) -> None:
    for folder, fault in (("good", ""), ("bad", "answers_negated:40")):
        options = ["--fault", fault] if fault else []
        assert vlitqa("shapes", "generated", folder, "--size", 50, *options, cwd=tmp_path).returncode == 0
    good, bad = ((tmp_path / folder / "dataset.jsonl").read_text().splitlines() for folder in ("good", "bad"))
    assert sum(line != broken for line, broken in zip(good, bad, strict=True)) == 20
    refused = vlitqa("shapes", "generated", "x", "--fault", "answers_negated:400", cwd=tmp_path)
    assert (refused.returncode, "is no fault" in refused.stderr) == (2, True)


def test_exams_have_the_shape_of_the_published_ones(tmp_path: Path) -> None:
    assert vlitqa("shapes", "seed-bench", "seed", "--size", 8, "--side", 64, cwd=tmp_path).returncode == 0
    exam = json.loads((tmp_path / "seed" / "SEED-Bench.json").read_bytes())
    assert list(exam["question_type"]) == list(DIMENSIONS)
    assert Counter(question["question_type_id"] for question in exam["questions"]) == dict.fromkeys(range(1, 10), 8)
    for question in exam["questions"]:
        assert Image.open(tmp_path / "seed" / "SEED-Bench-image" / question["data_id"]).size == (64, 64)
    assert vlitqa("shapes", "mme", "mme", "--size", 3, "--side", 64, cwd=tmp_path).returncode == 0
    pages = list((tmp_path / "mme").glob("*/*.txt"))
    assert len(pages) == 7 * 3
    for page in pages:
        assert page.with_suffix(".png").is_file()
        assert [line.rpartition("\t")[2] for line in page.read_text().splitlines()] == ["Yes", "No"]
