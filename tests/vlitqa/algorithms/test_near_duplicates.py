"""Near-duplicate texts against brute force, and against copies that were planted."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlitqa.algorithms.near_duplicates import HASHES, group_near_texts, minhash_signatures

VOCABULARY = [f"word{number}" for number in range(2_000)]


def similarity(left: str, right: str) -> float:
    """The Jaccard similarity of two texts' word triples, by brute force."""
    first, second = (set(zip(words, words[1:], words[2:], strict=False)) for words in (left.split(), right.split()))
    return len(first & second) / len(first | second)


def estimate(left: str, right: str) -> float:
    first, second = (np.frombuffer(signature, np.uint16) for signature in minhash_signatures([left, right]))
    return float((first == second).mean())


def words(generator: random.Random, count: int) -> list[str]:
    return generator.choices(VOCABULARY, k=count)


def altered(generator: random.Random, text: list[str], changes: int) -> list[str]:
    """The text with some words replaced."""
    copy = list(text)
    for place in generator.sample(range(len(text)), changes):
        copy[place] = "altered"
    return copy


def partition(groups: list[int], order: list[int]) -> set[frozenset[int]]:
    """The groups as sets of the texts' own numbers."""
    members: dict[int, set[int]] = {}
    for place, group in enumerate(groups):
        members.setdefault(group, set()).add(order[place])
    return {frozenset(texts) for texts in members.values()}


def test_the_estimated_similarity_is_that_of_the_word_triples_on_average() -> None:
    generator = random.Random(0)
    errors, variances = [], []
    for _ in range(1_000):
        text = words(generator, generator.randint(8, 150))
        pair = " ".join(text), " ".join(altered(generator, text, generator.randint(0, len(text) // 4)))
        true = similarity(*pair)
        errors.append(estimate(*pair) - true)
        variances.append(true * (1 - true) / HASHES)
    assert abs(np.mean(errors)) < 0.005
    assert np.std(errors) < 1.15 * np.sqrt(np.mean(variances))  # that of 128 independent trials


def test_equal_texts_have_equal_signatures_and_unrelated_ones_agree_nowhere() -> None:
    generator = random.Random(1)
    text, other = " ".join(words(generator, 60)), " ".join(words(generator, 60))
    assert estimate(text, text) == 1.0
    assert estimate(text, other) < 0.05


def test_a_signature_hangs_on_its_own_text_alone() -> None:
    generator = random.Random(2)
    texts = [" ".join(words(generator, generator.randint(0, 40))) for _ in range(50)]
    assert minhash_signatures(texts) == [minhash_signatures([text])[0] for text in texts]


def test_case_and_punctuation_change_nothing() -> None:
    assert estimate("Is THE dog, near-by, asleep? (Yes)", "is the dog near by asleep yes") == 1.0


@given(st.text(alphabet="aB1_ .,-é你ア\n\u3000'", max_size=30), st.sampled_from(["", " é"]))
def test_texts_with_and_without_other_scripts_are_split_alike(text: str, tail: str) -> None:
    ascii_only = text.encode("ascii", "ignore").decode() + " one two three four five"
    # letters beyond ASCII are read by another branch: it must see the same words and the one that was added
    assert 0.5 < estimate(ascii_only, ascii_only + tail) <= 1.0


def test_a_text_of_fewer_than_five_words_has_no_signature() -> None:
    signatures = minhash_signatures(["", "one two three four", "one two three four five", "图片里有", "图片里有什么"])
    assert [bool(signature) for signature in signatures] == [False, False, True, False, True]
    assert {len(signature) for signature in signatures if signature} == {2 * HASHES}


def test_no_signature_makes_no_group() -> None:
    assert group_near_texts([], 0.8).tolist() == []


@pytest.mark.parametrize("length", [30, 60, 120])
def test_planted_near_copies_are_found_and_unrelated_texts_are_not_linked(length: int) -> None:
    generator = random.Random(length)
    originals = [words(generator, length) for _ in range(300)]
    copies = [altered(generator, text, 1) for text in originals]  # 3 of some 58 triples: similarity over 0.8
    texts = [" ".join(text) for text in originals + copies]
    assert min(similarity(*pair) for pair in zip(texts[:300], texts[300:], strict=True)) > 0.8
    groups = group_near_texts(minhash_signatures(texts), 0.6)
    assert groups.tolist() == [*range(300), *range(300)]


def test_twins_are_found_among_thousands_of_texts_of_one_template() -> None:
    generator = random.Random(5)
    template = " ".join(words(generator, 40))
    ends = [words(generator, 20) for _ in range(1_500)]
    twins = [[*end[:-1], "altered"] for end in ends[:100]]
    texts = [f"{template} {' '.join(end)}" for end in ends + twins]
    groups = group_near_texts(minhash_signatures(texts), 0.9)  # twins are 0.97 alike, others 0.5
    assert groups.tolist() == [*range(1_500), *range(100)]


@pytest.mark.parametrize("seed", range(3))
def test_the_groups_do_not_hang_on_the_order_of_the_texts(seed: int) -> None:
    generator = random.Random(7)
    template = words(generator, 40)  # texts that are more and less alike, many near the threshold
    rows = minhash_signatures([" ".join(altered(generator, template, generator.randint(0, 12))) for _ in range(400)])
    expected = partition(group_near_texts(rows, 0.6).tolist(), list(range(400)))
    order = list(range(400))
    random.Random(seed).shuffle(order)
    assert partition(group_near_texts([rows[place] for place in order], 0.6).tolist(), order) == expected
    assert 1 < len(expected) < 400


def test_a_group_bears_the_number_of_its_first_text() -> None:
    text, other = " ".join(VOCABULARY[:20]), " ".join(VOCABULARY[40:60])
    assert group_near_texts(minhash_signatures([other, text, other, text]), 0.8).tolist() == [0, 1, 0, 1]
