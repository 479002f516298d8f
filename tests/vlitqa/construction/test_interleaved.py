"""Dialogues with pictures between the words: places, filters as TextBind has them, topics, examples."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from tests.given.shared_data import SHARED
from tests.given.slow_distance import distance
from vlitqa.construction.example_pool import ExamplePool, read_pool
from vlitqa.construction.interleaved_replies import faults_of_dialogue, illustrated_record, read_dialogue
from vlitqa.construction.original_filters import OriginalFilters
from vlitqa.construction.pair_filter import filter_pairs
from vlitqa.construction.topics import find_topics
from vlitqa.contracts.writers import WriterReply
from vlitqa.errors import UsageError
from vlitqa.formats.textbind import TextBind
from vlitqa.records import NOWHERE, ImageRef
from vlitqa.results.annotation import CHARACTERISTICS as BY_NAME
from vlitqa.results.annotation import DialogueExample

CHARACTERISTICS = tuple(BY_NAME)
CAPTIONS = ("a child eating ice cream", "an ice cream cart in a street")
FILES = (ImageRef("a.jpg"), ImageRef("b.jpg"))
GOOD = (
    "Human: <img1> an ice cream cart in a street </img1> What sells well here?\n"
    "Assistant: Sweets.\n"
    "Human: Show me a child with one.\n"
    "Assistant: Here is <img0> a child eating ice cream </img0>. Ice cream is popular."
)


def _codes(text: str, captions: tuple[str, ...] = CAPTIONS) -> list[str]:
    messages, faults = read_dialogue(WriterReply(text=text))
    return [fault.code for fault in faults or faults_of_dialogue(messages, captions)]


def test_every_picture_keeps_its_place_between_the_words() -> None:
    messages, faults = read_dialogue(WriterReply(text=GOOD))
    assert not faults
    record = illustrated_record(messages, FILES, "x")
    first, second = record.turns
    assert [ref.name for ref in record.images] == ["b.jpg", "a.jpg"]
    assert (first.instruction, first.instruction_images, first.instruction_offsets) == (
        "What sells well here?",
        (0,),
        (),
    )
    assert (second.response, second.response_images, second.response_offsets) == (
        "Here is . Ice cream is popular.",
        (1,),
        (8,),
    )


def test_places_survive_writing_and_reading_in_textbinds_format() -> None:
    messages, _ = read_dialogue(WriterReply(text=GOOD))
    record = illustrated_record(messages, FILES, "x")
    row = json.loads(json.dumps(TextBind().write(record)))
    read = TextBind().read(row, place=NOWHERE)
    assert [(turn.instruction, turn.response) for turn in read.turns] == [
        (turn.instruction, turn.response) for turn in record.turns
    ]
    assert read.turns[1].response_offsets == (8,)
    assert [ref.name for ref in read.images] == ["b.jpg", "a.jpg"]


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (("", ""), []),
        (("a child eating", "A child eating"), []),  # 1 of 24 letters
        (("a child eating", "child eating"), []),  # 2 of 24
        (("a child eating", "the child eating"), ["changed_caption"]),  # 3 of 24
        (("a child eating", "a kid eating"), ["changed_caption"]),
        (("<img0> a child eating ice cream </img0>", "it"), ["unused_image"]),
        (("<img0>", "<img7>"), ["bad_tag", "bad_tag"]),
        (("<img0> a child eating ice cream </img0>", "<img7> a child </img7>"), ["unseen_image", "unused_image"]),
        (("</img0>", ""), ["bad_tag"]),
        (("Sweets.", "Sweets. <image>"), ["mark_in_text"]),
        (("Sweets.", "Sweets <img0> a child eating ice cream </img0>"), ["repeated_image"]),
        (("Assistant: Sweets.\n", ""), ["wrong_roles"]),
    ],
)
def test_every_fault_of_pictures_and_roles_has_its_code(change: tuple[str, str], codes: list[str]) -> None:
    fault_codes = _codes(GOOD.replace(*change))
    assert sorted(set(fault_codes)) == sorted(set(codes))


def test_numbers_of_two_digits_are_told_from_those_of_one() -> None:
    captions = tuple(f"picture of the number {number}" for number in range(12))
    shown = "<img1> picture of the number 1 </img1> and <img11> picture of the number 11 </img11>"
    text = f"Human: {shown}?\nAssistant: Yes.\n"
    messages, faults = read_dialogue(WriterReply(text=text))
    assert not faults
    assert [picture.number for picture in messages[0].pictures] == [1, 11]
    assert "changed_caption" not in _codes(text, captions)


def _oracle(reply: str, captions: tuple[str, ...], earlier: set[str]) -> str:  # noqa: C901 - the table as it stands
    """The verdict of TextBind's released filters, written from the table of its rules."""
    for number in range(len(captions)):
        if len(re.findall(re.escape(f"<img{number}>"), reply)) > 1:
            return "repeat_image"
    if any(int(number) >= len(captions) for number in re.findall(r"<img(\d+)>", reply)):
        return "unseen_image"
    if not re.search(r"<img(\d+)>.*?</img\1>", reply):
        return "no_image"
    if reply in earlier:
        return "repeat_response"
    earlier.add(reply)
    start = reply.find("Human:")
    if start < 0:
        return "wrong_role"
    turns: list[str] = []
    for line in reply[start:].strip().split("\n"):
        text = line.strip()
        if text.startswith(("Human:", "Assistant:")):
            turns.append(text)
        elif text:
            turns[-1] = turns[-1] + "\n" + text
    for place, turn in enumerate(turns):
        wanted = "Human:" if place % 2 == 0 else "Assistant:"
        if ("Human:" in turn and "Assistant:" in turn) or not turn.startswith(wanted):
            return "invalid_turns"
    if len(turns) < 3:
        return "too_short"
    for turn in turns:
        repaired = turn
        for number in set(re.findall(r"<img(\d+)>", turn)):
            if f"</img{number}>" not in repaired:
                repaired = re.sub(rf"\s*<img{number}>", "", repaired)
        for place, caption in enumerate(captions):
            match = re.search(f"<img{place}>.*?</img{place}>", repaired.replace(",,", ""))
            if match:
                text = match.group(0)[len(f"<img{place}>") : -len(f"</img{place}>")].strip()
                if distance(text, caption) / len(caption) > 0.1:
                    return "changed_caption"
    return ""


OURS = {"repeat_image": "repeated_image", "repeat_response": "repeated_reply", "wrong_role": "wrong_roles"}
OURS |= {"invalid_turns": "wrong_roles", "too_short": "too_few_turns"}
_PARTS = (
    *("Human: ", "Assistant: ", "Human:", "\n", "\n\n", ",,", " "),
    *("<img0> a child eating ice cream </img0>", "<img1> an ice cream cart in a street </img1>"),
    *("<img0> the child eating ice cream </img0>", "<img2> x </img2>", "<img0>", "</img1>", "<img1>", "<img12>"),
    *("What is it?", "A cart.", "Sweets sell well"),
)


def _mutate(reply: str, dice: random.Random) -> str:
    for _ in range(dice.randrange(4)):
        place = dice.randrange(len(reply) + 1)
        cut = min(len(reply), place + dice.choice((0, 0, 1, 2, 12)))
        reply = reply[:place] + dice.choice((*_PARTS, "", "")) + reply[cut:]
    return reply


def test_the_original_filters_give_the_verdicts_of_their_table_on_5000_mutated_dialogues() -> None:
    dice, filters, earlier = random.Random(0), OriginalFilters(), set[str]()
    verdicts = Counter[str]()
    for _ in range(5_000):
        reply = _mutate(GOOD, dice)
        expected = _oracle(reply, CAPTIONS, earlier)
        assert filters.fault_of(reply, CAPTIONS) == OURS.get(expected, expected), reply
        verdicts[expected] += 1
    assert set(verdicts) >= {"", "repeat_image", "unseen_image", "repeat_response", "invalid_turns", "changed_caption"}
    assert min(verdicts[code] for code in ("", "repeat_image", "invalid_turns", "changed_caption")) > 50


def test_the_boundary_of_a_changed_caption_is_exact() -> None:
    caption = "0123456789"
    text = "Human: <img0> {} </img0>\nAssistant: b\nHuman: c"
    assert OriginalFilters().fault_of(text.format("012345678x"), [caption]) == ""  # exactly .1 is kept
    assert OriginalFilters().fault_of(text.format("01234567xx"), [caption]) == "changed_caption"


def test_the_three_printed_dialogues_are_read_with_their_pictures_in_their_places() -> None:
    papers = sorted((SHARED.parent / "papers").glob("000_*.txt"))
    if not papers:
        pytest.skip("TextBind's paper is not beside this checkout")
    text = papers[0].read_text(encoding="utf-8")
    printed = re.split(r"#+ Example #\d", text.split("# GPT-4 Ouput")[1].split("Figure 11")[0])[1:]
    shown = []
    for example in printed:
        messages, faults = read_dialogue(WriterReply(text=example.strip()))
        assert not faults
        numbers = [picture.number for message in messages for picture in message.pictures]
        captions = [picture.description for message in messages for picture in message.pictures]
        record = illustrated_record(messages, [ImageRef(f"{number}.jpg") for number in numbers], "x")
        assert list(faults_of_dialogue(messages, captions)) == []
        assert len(record.turns) == 3
        shown.append([(len(turn.instruction_images), len(turn.response_images)) for turn in record.turns])
        if "delightful" in example:
            last = record.turns[2]
            assert (last.response or "")[: last.response_offsets[0]] == "Absolutely! Here's a delightful image of "
            assert (last.response or "")[last.response_offsets[0] :].startswith(". Ice cream and similar snacks")
    assert shown == [[(0, 1), (0, 1), (0, 0)], [(0, 1), (0, 0), (0, 1)], [(0, 0), (2, 0), (1, 0)]]


def test_topics_are_drawn_uniformly_with_two_to_four_images_of_one_cluster() -> None:
    dice = np.random.default_rng(0)
    centres = np.eye(8, dtype=np.float32)
    vectors = np.repeat(centres, 12, axis=0) + dice.normal(0, 0.01, (96, 8)).astype(np.float32)
    vectors = np.concatenate([vectors, -np.eye(8, dtype=np.float32)[:2]])
    topics = find_topics(vectors, 16, 3, seed=0)
    assert topics.left_out == len(vectors) - sum(map(len, topics.members))
    draws = [topics.draw(0, number) for number in range(2_000)]
    assert draws == [topics.draw(0, number) for number in range(2_000)]
    assert all(set(images) <= set(topics.members[topic]) for topic, images in draws)
    counts = Counter(topic for topic, _ in draws)
    assert chisquare([counts[topic] for topic in range(len(topics.members))]).pvalue > 0.01
    large = [len(images) for topic, images in draws if len(topics.members[topic]) >= 4]
    assert chisquare([Counter(large)[size] for size in (2, 3, 4)]).pvalue > 0.01


def test_the_null_of_shuffled_pairs_keeps_what_fits_and_drops_what_does_not() -> None:
    dice = np.random.default_rng(0)
    images = dice.normal(size=(400, 32)).astype(np.float32)
    images /= np.linalg.norm(images, axis=1, keepdims=True)
    captions = images + dice.normal(0, 0.1, images.shape).astype(np.float32)
    captions[:40] = np.roll(captions[:40], 1, axis=0)  # one of ten is that of another image
    captions /= np.linalg.norm(captions, axis=1, keepdims=True)
    pairs = filter_pairs(images, captions, "null")
    assert not pairs.is_kept[:40].any() or pairs.is_kept[:40].mean() < 0.05
    assert pairs.is_kept[40:].mean() > 0.98
    assert filter_pairs(images, captions, "off").is_kept.all()
    assert filter_pairs(images, captions, 101.0).is_kept.sum() == 0
    with pytest.raises(UsageError, match="matching is 'some'"):
        filter_pairs(images, captions, "some")


_QUALITIES = st.sampled_from(["excellent", "satisfactory"])
_EXAMPLES = st.lists(st.tuples(_QUALITIES, st.sets(st.sampled_from(CHARACTERISTICS))), max_size=7)


@settings(deadline=None)
@given(_EXAMPLES)
def test_whenever_three_examples_keep_both_conditions_three_that_do_are_drawn(
    labels: list[tuple[str, set[str]]],
) -> None:
    examples = [
        DialogueExample(str(number), quality, tuple(sorted(kinds)), (), "")  # type: ignore[arg-type]
        for number, (quality, kinds) in enumerate(labels)
    ]

    def keeps(triple: tuple[DialogueExample, ...], *, all_kinds: bool) -> bool:
        kinds = {kind for example in triple for kind in example.characteristics}
        return any(example.quality == "excellent" for example in triple) and (len(kinds) == 4 or not all_kinds)

    triples = list(combinations(examples, 3))
    drawn, relaxed = ExamplePool(examples).draw(random.Random(0))
    if len(examples) < 3:
        assert (relaxed, len(drawn)) == ("fewer", len(examples))
    elif any(keeps(triple, all_kinds=True) for triple in triples):
        assert relaxed == ""
        assert keeps(tuple(drawn), all_kinds=True)
    elif any(keeps(triple, all_kinds=False) for triple in triples):
        assert relaxed == "characteristics"
        assert keeps(tuple(drawn), all_kinds=False)
    else:
        assert relaxed == "excellent"


def test_every_triple_that_keeps_the_conditions_is_drawn_equally_often() -> None:
    kinds = [CHARACTERISTICS[:2], CHARACTERISTICS[2:], CHARACTERISTICS, ()]
    pool = ExamplePool(
        [DialogueExample(str(number), "excellent", kinds[number % 4], (), "") for number in range(8)]  # type: ignore[arg-type]
    )
    draws = Counter(frozenset(example.id for example in pool.draw(random.Random(number))[0]) for number in range(4_000))
    allowed = [
        frozenset(example.id for example in triple)
        for triple in combinations(pool.examples, 3)
        if len({kind for example in triple for kind in example.characteristics}) == 4
    ]
    assert set(draws) == set(allowed)
    assert chisquare([draws[triple] for triple in allowed]).pvalue > 0.01


def test_poor_dialogues_are_no_examples_and_a_broken_pool_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pool.jsonl"
    lines = [
        {"id": str(number), "quality": quality, "characteristics": [], "images": [], "dialogue": "x"}
        for number, quality in enumerate(["poor", "satisfactory"])
    ]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert [example.id for example in read_pool(path).examples] == ["1"]
    path.write_text(json.dumps({**lines[0], "quality": "good"}), encoding="utf-8")
    with pytest.raises(UsageError, match=r"pool.jsonl, line 1: Invalid enum value 'good'"):
        read_pool(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_pool(tmp_path / "gone.jsonl")
