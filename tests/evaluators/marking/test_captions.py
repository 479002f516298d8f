"""Scores of captions: by hand, and against published ones."""

from __future__ import annotations

import math

import pytest

from evaluators.marking.captions import bleu, cider, rouge_l
from tests.given.shared_data import shared


def test_one_image_alone_scores_nothing() -> None:
    """Every word is then said of every image, and weighs log 1."""
    assert cider([["a", "dog", "runs"]], [[["a", "dog", "runs"]]]) == [0.0]


def test_cider_worked_out_by_hand() -> None:
    """Each word and each pair of words is said of one of two images, and weighs log 2; there are no longer n-grams.

    `red dog` against `red cat`: one of two words in common, so their cosine is 1/2; of pairs none. The mean over four
    orders times ten is 1.25. The second caption is its own reference: 1 for words and 1 for pairs, so 5.
    """
    captions = [["red", "dog"], ["big", "boat"]]
    references = [[["red", "cat"]], [["big", "boat"]]]
    # `dog` is said of no image: it weighs log 2 - log 1 as well
    assert cider(captions, references) == pytest.approx([1.25, 5.0])


def test_another_length_costs_by_the_difference_of_pairs() -> None:
    captions = [["x", "y", "z"], ["other"]]
    references = [[["x"]], [["other"]]]
    cosine = 1 / math.sqrt(3)
    assert cider(captions, references)[0] == pytest.approx(10 / 4 * cosine * math.exp(-(2**2) / (2 * 36)))


def test_saying_a_word_again_gains_nothing() -> None:
    """What a reference says once counts once: of `x x` against `x` min(2, 1) * 1 / (2 * 1)."""
    score = cider([["x", "x"], ["other"]], [[["x"]], [["other"]]])[0]
    assert score == pytest.approx(10 / 4 * 0.5 * math.exp(-1 / 72))


def test_which_images_are_scored_together_changes_what_is_rare() -> None:
    captions = [["red", "dog"], ["red", "boat"], ["blue", "sky"]]
    references = [[caption] for caption in captions]
    assert cider(captions, references)[0] == pytest.approx(5.0)
    three = cider([["red", "cat"], *captions[1:]], references)[0]
    two = cider([["red", "cat"], captions[2]], [references[0], references[2]])[0]
    assert three < two, "`red` is said of two images of three, and of one of two"


def test_published_scores_of_two_captions() -> None:
    folder = shared("golden/cider")
    hypotheses, *others = ((folder / f"{name}.txt").read_text().splitlines() for name in ("hyp", "ref1", "ref2"))
    captions = [line.split() for line in hypotheses]
    references = [[one.split(), other.split()] for one, other in zip(*others, strict=True)]
    scores = cider(captions, references)
    assert sum(scores) / 2 == pytest.approx(1.2421919556558583, abs=1e-12)
    assert scores == pytest.approx([0.51714674, 1.96723717], abs=5e-9)
    assert bleu(captions, references) == pytest.approx((0.55, 0.428174, 0.284043, 0.201143), abs=5e-7)
    longest = [rouge_l(caption, both) for caption, both in zip(captions, references, strict=True)]
    assert sum(longest) / 2 == pytest.approx(0.522104, abs=5e-7)


def test_rouge_takes_precision_and_recall_apart() -> None:
    """`a b c` against `a b` and `c d e a b c x`: precision 1 by the second, recall 1 by the first."""
    assert rouge_l(["a", "b", "c"], [["a", "b"], ["c", "d", "e", "a", "b", "c", "x"]]) == pytest.approx(1.0)
    assert rouge_l([], [["a"]]) == 0 == rouge_l(["b"], [["a"]])


def test_bleu_of_a_short_caption_is_cut() -> None:
    """All words right, half as many as there should be: exp(1 - 2)."""
    assert bleu([["a"]], [[["a", "b"]]])[0] == pytest.approx(math.exp(-1), rel=1e-6)
