"""Regions in the notations of published models and datasets, counted by hand."""

from __future__ import annotations

import time

import pytest

from tests.given.shared_data import shared
from vlitqa.algorithms.regions import count_regions
from vlitqa.catalogue import load_format
from vlitqa.records import NOWHERE

SECONDS = 3.0
"""Of processor time, which no other work takes away: over ten times what the worst of these texts takes."""
COUNTED = {
    ("What is in [0.1, 0.2, 0.5, 0.9]?",): 1,
    ("What is in [0.1, 0.2, 0.5, 0.9]?", "In [0.1,0.2,0.5,0.9] is a cat."): 1,
    ("Compare [1, 2, 3, 4] with (5, 6, 7, 8).",): 2,
    ("Where is it?", '[{"bbox_2d": [900, 700, 100, 20], "label": "square"}]'): 1,
    ("Where are they?", '[{"point_2d": [9, 7]}, {"point_2d": [1, 2]}]'): 2,
    ("Where is it?", "<|box_start|>(1200,10),(1300,20)<|box_end|>"): 1,
    ("Where is it?", "<box>[[10,10,5000,5000]]</box>"): 1,
    ("Where is <ref>the dog</ref>?", "<ref>the dog</ref><box>(1,2),(3,4)</box>"): 1,
    ("Where is the dog?", "<ref>the dogs</ref><box>(1,2),(3,4)</box><box>(5,6),(7,8)</box>"): 2,
    ("Find <ref-object>", "<bbox>"): 1,
    ("Is <region1> larger than <region2>?", "<region1> is."): 2,
    ("What is <region>?", "A cat."): 1,
    ("What is at [1, 2, 3, 4] <region_fea>?",): 1,
    ("Segment the dog.", "It is [SEG]."): 1,
    ("What is <mask> and what <mask>?",): 2,
    ("What is in {<40><19><75><90>}?",): 1,
    ("Where is a dog?", "<p>a dog</p><object><patch_index_0044><patch_index_0863></object>"): 1,
    ("detect cat", "<loc0012><loc0100><loc0300><loc0400> cat"): 1,
    ("What is in the region (X:197 Y:182 Width:20 Height:20)?",): 1,
    ("Which object is at X:1 Y:4, width:95 and height:95?", "A map at X:1, Y:4 with a width of 95."): 1,
    ("Point at the cat.", '<point x="10.5" y="3.0" alt="cat">cat</point>'): 1,
    ("Give the box as [x1, y1, x2, y2].",): 1,
    ("The corners are (0,0), (0,4), (4,4), (4,0).",): 1,
    ("Describe the picture.", "A cat on the left."): 0,
    ("Is it [sic] 1, 2, 3, 4 or (a) [1, 2, 3]?", "<b>No</b> <think> (2)"): 0,
    ("What is at (3, 4)?",): 0,
    ("",): 0,
    (): 0,
}


@pytest.mark.parametrize("texts", COUNTED)
def test_regions_are_those_that_a_reader_counts(texts: tuple[str, ...]) -> None:
    assert count_regions(texts) == COUNTED[texts]


@pytest.mark.parametrize(
    "part", ["(1,2)", "(1,2) ", "[1,", "[0.1, ", "(", "x:1 ", "<ref>a", "<points ", "<1>", "9", "[x1,"]
)
def test_no_text_takes_long(part: str) -> None:
    start = time.process_time()
    count_regions([part * 200_000])
    assert time.process_time() - start < SECONDS


@pytest.mark.parametrize(
    "mark", ["<region1>", "[0.1, 0.2, 0.5, 0.9]", "<ref>a dog</ref>", "<box>(1,2),(3,4)</box>", "[SEG]"]
)
def test_a_reader_hands_regions_on_as_they_stand(mark: str) -> None:
    row = {
        "id": "1",
        "image": "a.jpg",
        "conversations": [
            {"from": "human", "value": f"<image>\nWhat is {mark}?"},
            {"from": "gpt", "value": f"{mark} is a dog."},
        ],
    }
    (turn,) = load_format("llava").read(row, place=NOWHERE).turns
    assert (turn.instruction, turn.response) == (f"What is {mark}?", f"{mark} is a dog.")


def test_the_boxes_of_shapes_in_use_are_seen() -> None:
    lines = shared("shapes_in_use/boxes.jsonl").read_text().splitlines()
    assert [count_regions([line]) for line in lines[:4]] == [1, 1, 1, 1]
