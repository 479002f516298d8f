"""Answers are marked as fast as they can be read: edit distances, normalisation, captions, a hundred thousand rows."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein

from evaluators.agreement.icc import intraclass_correlations
from evaluators.answers.files import read_answers
from evaluators.benchmarks.catalogue import load_benchmark
from evaluators.exams.grading import grade_answers
from evaluators.marking.captions import cider
from evaluators.marking.vqa_text import normalise, normalise_words, without_punctuation
from tests.given.slow_distance import distance
from tests.speed.test_speed import best_of, show

pytestmark = pytest.mark.speed

WORDS = (
    "the",
    "a",
    "red",
    "blue",
    "dog",
    "cat",
    "stop",
    "exit",
    "brand",
    "camera",
    "says",
    "seven",
    "sign",
    "no",
    "1,000",
)
ROWS = 100_000


def sentence(dice: random.Random, most: int) -> str:
    return " ".join(dice.choices(WORDS, k=dice.randint(1, most)))


def test_edit_distances_are_a_hundred_times_as_fast_as_plain_python() -> None:
    dice = random.Random(0)
    pairs = [(sentence(dice, 14), sentence(dice, 4)) for _ in range(8_209)]

    def fast() -> list[int]:
        return [Levenshtein.distance(one, other) for one, other in pairs]

    def slow() -> list[int]:
        return [distance(one, other) for one, other in pairs]

    assert fast() == slow(), "the same distances"
    ours, plain = best_of(3, fast)[0], best_of(1, slow)[0]
    show(
        f"edit distances of {len(pairs):,} pairs",
        ("rapidfuzz", f"{ours * 1000:.1f} ms"),
        ("plain Python", f"{plain:.2f} s"),
        ("times as fast, at least 100", f"{plain / ours:.0f}"),
    )
    assert plain > 100 * ours


def test_texts_that_come_again_are_normalised_once() -> None:
    """Ten annotators of a question say few different things."""
    dice = random.Random(1)
    texts = [dice.choice(WORDS) for _ in range(50_000)]
    again, anew = best_of(
        3,
        lambda: [normalise(text) for text in texts],
        lambda: [normalise_words(without_punctuation(text)) for text in texts],
    )
    show(
        f"{len(texts):,} references, {len(set(texts))} of them different",
        ("normalised once each", f"{again * 1000:.1f} ms"),
        ("normalised every time", f"{anew * 1000:.1f} ms"),
        ("times as fast, at least 5", f"{anew / again:.0f}"),
    )
    assert anew > 5 * again


@pytest.mark.parametrize(("name", "most"), [("textvqa", 20), ("docvqa", 20), ("wordart", 20), ("mme", 20)])
def test_a_hundred_thousand_answers_are_marked_in_seconds(name: str, most: float, tmp_path: Path) -> None:
    dice = random.Random(2)
    if name == "mme":
        (tmp_path / "answers").mkdir()
        lines = (f"{at // 2}.jpg\tIs it {at}?\t{('Yes', 'No')[at % 2]}\t{sentence(dice, 3)}\n" for at in range(ROWS))
        (tmp_path / "answers" / "color.txt").write_text("".join(lines))
    else:
        rows = [
            {
                "question": f"What is {at}?",
                "answer": sentence(dice, 20),
                "gt_answers": dice.choice(WORDS) if name == "wordart" else dice.choices(WORDS, k=10),
                "image_path": f"{at // 2}.jpg",
            }
            for at in range(ROWS)
        ]
        (tmp_path / "answers").write_text(json.dumps(rows))

    def ours() -> object:
        given = read_answers(tmp_path / "answers").answers
        return grade_answers(load_benchmark(name), "m", given, by_data_root=False)

    seconds = best_of(1, ours)[0]
    show(f"{ROWS:,} answers to {name}", (f"read, marked, with intervals, at most {most} s", f"{seconds:.1f} s"))
    assert seconds < most


def test_captions_of_people_are_weighed_once() -> None:
    """Five thousand images with five captions each."""
    dice = random.Random(3)
    known = [[sentence(dice, 12).split() for _ in range(5)] for _ in range(5_000)]
    said = [sentence(dice, 12).split() for _ in range(5_000)]
    seconds = best_of(1, lambda: cider(said, known))[0]
    show("CIDEr-D of 5,000 captions, 25,000 references", ("at most 15 s", f"{seconds:.1f} s"))
    assert seconds < 15


@pytest.mark.parametrize(("targets", "raters"), [(6, 4), (2_000, 10)])
def test_agreement_of_a_matrix_needs_no_frame(targets: int, raters: int) -> None:
    """What is measured in decision 8."""
    pandas, pingouin = pytest.importorskip("pandas"), pytest.importorskip("pingouin")
    draws = np.random.default_rng(0)
    scores = draws.normal(size=(targets, 1)) + draws.normal(size=(targets, raters))
    cells = [(target, rater, score) for (target, rater), score in np.ndenumerate(scores)]
    frame = pandas.DataFrame(cells, columns=["target", "rater", "score"])

    def by_pingouin() -> Any:
        return pingouin.intraclass_corr(frame, "target", "rater", "score")

    values = [form.value for form in intraclass_correlations(scores)]
    assert values == pytest.approx(by_pingouin()["ICC"].tolist()), "the same six values"
    ours, theirs = best_of(5, lambda: intraclass_correlations(scores), by_pingouin)
    show(
        f"ICC of {targets:,} targets by {raters} raters",
        ("ours", f"{ours * 1000:.1f} ms"),
        ("pingouin", f"{theirs * 1000:.1f} ms"),
        ("times as fast, at least 4", f"{theirs / ours:.0f}"),
    )
    assert theirs > 4 * ours
