"""Variety of images, and captions held against their images, with vectors that are given."""

from __future__ import annotations

import numpy as np
import pytest

from tests.given.scripted_tools import Given, figure, measured
from vlitqa.metrics.caption_match import CaptionMatch
from vlitqa.metrics.image_variety import ImageVariety
from vlitqa.records import ImageRef, Place, Record, Turn
from vlitqa.results import Status

TURNS = (Turn("What is it?", "A dog."),)


def showing(row: int, *images: str, annotation: str | None = None) -> Record:
    refs = tuple(ImageRef(name, caption=caption) for name, _, caption in (image.partition("=") for image in images))
    return Record(TURNS, refs, annotation=annotation, place=Place(row, row + 1))


def around(directions: int, count: int, spread: float) -> dict[str, tuple[float, ...]]:
    """So many vectors of length one around some directions that have nothing in common."""
    generator = np.random.default_rng(0)
    raw = np.eye(64)[np.arange(count) % directions] + spread * generator.normal(size=(count, 64)) / 8
    return {f"{place}.png": tuple(row / np.linalg.norm(row)) for place, row in enumerate(raw)}


@pytest.mark.parametrize("directions", [1, 4, 20])
def test_images_of_so_many_kinds_are_as_varied_as_so_many_different_ones(directions: int) -> None:
    metric = ImageVariety(clusters=directions, least=20)
    vectors = around(directions, 700, 0.05)
    records = [showing(row, name) for row, name in enumerate(vectors)]
    summary = metric.combine(measured(metric, records, Given(vectors=vectors)))
    score = figure(summary, "Vendi score of images")
    assert score.value == pytest.approx(directions, rel=0.1)
    assert score.interval is not None


def test_topics_are_the_clusters_with_enough_images() -> None:
    vectors = around(8, 400, 0.05)
    few = {f"few {place}.png": tuple(np.eye(64)[40 + place // 5]) for place in range(10)}
    metric = ImageVariety(clusters=80, least=1)
    records = [showing(row, name) for row, name in enumerate(vectors | few)]
    measurements = measured(metric, records, Given(vectors=vectors | few))
    assert figure(metric.combine(measurements), "image topics", "original").value == 80, "no cluster stays empty"
    too_many = ImageVariety(clusters=1_000).combine(measurements)
    assert "410 different images make no 1,000" in figure(too_many, "image topics", "original").reason


def test_an_image_that_many_records_share_counts_once() -> None:
    vectors = around(4, 320, 0.05)
    metric = ImageVariety()
    records = [showing(row, name) for row, name in enumerate([*vectors, *["0.png"] * 500])]
    score = figure(metric.combine(measured(metric, records, Given(vectors=vectors))), "Vendi score of images")
    assert (score.measured, score.value) == (320, pytest.approx(4, rel=0.1))


def test_a_caption_is_held_against_its_own_image_and_the_worst_is_the_row() -> None:
    vectors = {
        "a.png": (1.0, 0.0),
        "b.png": (0.0, 1.0),
        "a dog": (0.96, 0.28),
        "a cat": (0.6, 0.8),
        "a fish": (1.0, 0.0),
    }
    records = [
        showing(0, "a.png=a dog", "b.png=a cat"),
        showing(1, "a.png", annotation="a fish"),
        showing(2, "b.png", "a.png", annotation="of two images"),
        showing(3, "b.png=a fish"),
    ]
    both, single, unclear, wrong = measurements = measured(CaptionMatch(), records, Given(vectors=vectors))
    assert (both.value, single.value, wrong.value) == (pytest.approx(80), pytest.approx(100), pytest.approx(0))
    assert unclear.status is Status.NOT_APPLICABLE
    summary = CaptionMatch().combine(measurements)
    assert figure(summary, "image-caption match", "original").value == pytest.approx((96 + 80 + 100 + 0) / 4)
    assert figure(summary, "captions of 30 or more", "original").value == pytest.approx(3 / 4)
