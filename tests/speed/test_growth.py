"""How the cost of every metric grows with a dataset, from 5,000 to 80,000 rows: `make speed`.

What a model says of a text or an image never depends on its neighbours, so its cost grows with their number and is
left out here: vectors, pixels and verdicts are at hand at once, and what is timed is all the rest.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from tests.speed.test_speed import Sentences, few_collections, show
from vlitqa.backends.parsers.chunks import Chunks
from vlitqa.backends.taggers.phrases import Phrases
from vlitqa.catalogue import METRICS, load_metric
from vlitqa.contracts import Context, FittedMetric, Metric
from vlitqa.contracts.tools import JudgeQuestion, Picture, Vectors, Verdict
from vlitqa.records import ImageRef, Place, Record, Turn
from vlitqa.results import Summary

pytestmark = [pytest.mark.speed, pytest.mark.timeout(1200)]
SIZES = (5_000, 20_000, 80_000)
MOST = {"responses": 2.2}
"""The highest exponent by metric: exact DBSCAN compares all pairs. All others are to grow with the number of rows."""
ASKED = ("What colour is the {}?", "How many {}s are there?", "Describe the {} in detail.", "Why is the {} here?")
WIDTH = 384


class Vectorial:
    """Stands for an encoder of sentences, and for one of images and texts."""

    max_tokens = 75

    def __init__(self) -> None:
        dice = np.random.default_rng(0)
        self._centres = dice.standard_normal((2_000, WIDTH)).astype(np.float32)
        self._noise = dice.standard_normal((4_000, WIDTH)).astype(np.float32)

    def encode(self, texts: Sequence[str]) -> Vectors:
        marks = np.array([hash(text) & 0x7FFFFFFF for text in texts], np.int64)
        vectors = self._centres[marks % 2_000] + 0.6 * self._noise[marks // 2_000 % 4_000]
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

    def images(self, pictures: Sequence[Picture]) -> Vectors:
        return self.encode([picture.digest for picture in pictures])

    def texts(self, texts: Sequence[str]) -> Vectors:
        return self.encode(texts)

    def lengths(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]


class Ready:
    """Tools that have their answers at hand; parser and tagger are the real ones."""

    def __init__(self) -> None:
        self._pixels = np.random.default_rng(0).integers(0, 255, (256, 256, 3), dtype=np.uint8)
        self.sentences = self.matcher = Vectorial()
        self.judge = self.critic = self.images = self
        self.parser, self.tagger = Chunks.of("").open(), Phrases.of("").open()

    def look(self, ref: ImageRef, _side: int) -> Picture:
        return Picture(width=256, height=256, format="PNG", frames=1, digest=ref.name, pixels=self._pixels)

    def ask(self, questions: Sequence[JudgeQuestion]) -> list[Verdict]:
        return [Verdict(each.answers[hash(each.sample) % len(each.answers)]) for each in questions]


def records(count: int) -> list[Record]:
    """Rows of one or two turns, every tenth with an image that two rows share."""
    sentences, dice = Sentences(3), random.Random(3)
    things = sentences.words(400, 400)

    def turn() -> Turn:
        return Turn(dice.choice(ASKED).format(dice.choice(things)), sentences.sentence(8, 30))

    return [
        Record(
            tuple(turn() for _ in range(dice.randint(1, 2))),
            (ImageRef(f"{row // 20}.png"),) if row % 10 == 0 else (),
            f"{row}",
            place=Place(row, row + 1),
        )
        for row in range(count)
    ]


def seconds_of(metric: Metric, rows: Sequence[Record], tools: Any, read: dict[str, Summary]) -> float:
    begun = time.process_time()
    made = [each for start in range(0, len(rows), 64) for each in metric.measure(rows[start : start + 64], tools)]
    fit = metric.fit(made, tools) if isinstance(metric, FittedMetric) else {}
    labels, tags = ({name: getattr(read[name], what) for name in metric.card.all_read} for what in ("labels", "tags"))
    summary = metric.combine(made, Context(fit, labels, tags))
    read[metric.card.name] = summary
    assert any(figure.value is not None for figure in summary.figures)
    return time.process_time() - begun


def test_no_metric_costs_more_than_its_rows_except_that_which_compares_all_pairs() -> None:
    tools, rows = Ready(), records(max(SIZES))
    seconds: dict[str, list[float]] = {}
    with few_collections():
        warm: dict[str, Summary] = {}
        for metric in map(load_metric, METRICS):  # kernels are compiled at their first use
            seconds_of(metric, rows[:2_000], tools, warm)
        for size in SIZES:
            labels: dict[str, Summary] = {}
            for name in METRICS:
                seconds.setdefault(name, []).append(seconds_of(load_metric(name), rows[:size], tools, labels))
    grown = {name: math.log(taken[-1] / taken[0]) / math.log(SIZES[-1] / SIZES[0]) for name, taken in seconds.items()}
    show(
        f"seconds for {', '.join(f'{size:,}' for size in SIZES)} rows, and the exponent of their growth",
        *((name, f"{'  '.join(f'{each:.2f}' for each in seconds[name])}  {grown[name]:.2f}") for name in METRICS),
    )
    assert {name for name in METRICS if grown[name] > MOST.get(name, 1.25)} == set()
