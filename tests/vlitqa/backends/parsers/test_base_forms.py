"""Base forms of verbs, against a list worked out by hand and the verbs of a published set."""

from __future__ import annotations

import csv

import pytest

from tests.given.shared_data import shared
from vlitqa.backends.english.base_forms import base_form
from vlitqa.backends.parsers.chunks import ChunkParser
from vlitqa.backends.parsers.semantic_roles import predicates_with_roles


@pytest.mark.parametrize(
    ("base", "forms"),
    [
        ("describe", "describe describes describing described Describing"),
        ("watch", "watches watching watched"),
        ("try", "tries trying tried"),
        ("run", "runs running ran"),
        ("see", "sees seeing saw seen"),
        ("open", "opens opening opened"),
        ("be", "is are was were been being 's"),
        ("press", "presses pressing pressed"),
        ("sample", "samples sampling sampled"),
        ("obtain", "obtains obtaining obtained"),
        ("line", "lining lined"),
        ("discuss", "discuss discusses discussed"),
        ("sing", "sings singing sang sung"),
        ("hope", "hoping hoped"),
        ("lie", "lying lay"),
    ],
)
def test_all_forms_of_a_verb_have_one_base(base: str, forms: str) -> None:
    assert {base_form(form) for form in forms.split()} == {base}


def test_a_parser_names_the_main_verb_of_each_phrase_but_for_be() -> None:
    texts = ["Is the man riding a horse?", "What is on the table?", "Describe the image and count the dogs.", "Why?"]
    assert [count.predicates for count in ChunkParser().count(texts)] == [("ride",), (), ("describe", "count"), ()]


def test_the_predicates_of_roles_are_in_the_order_of_the_sentence() -> None:
    frames = [[("playing", "PRED", 7, 8)], [("indicates", "PRED", 2, 3), ("is", "PRED", 4, 5)]]
    assert predicates_with_roles(frames) == ["indicate", "play"]


def test_nineteen_of_twenty_verbs_of_llava_med_are_those_that_its_authors_found() -> None:
    path = shared("vlit/text/llava_med_60k_instructions.csv")
    with path.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["verb"] not in {"", "be", "do"}][::20]
    parsed = ChunkParser().count([row["seq"] for row in rows])
    hits = sum(base_form(row["verb"]) in count.predicates for row, count in zip(rows, parsed, strict=True))
    assert hits / len(rows) > 0.95
