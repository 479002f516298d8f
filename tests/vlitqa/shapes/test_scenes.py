"""Scenes hold what they say, pictures show it, and both are the same for the same seed."""

from __future__ import annotations

import hashlib
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from itertools import combinations
from multiprocessing import get_context

import numpy as np
import pytest

from vlitqa.shapes.drawing import PAINT, draw_scene
from vlitqa.shapes.scenes import (
    BACKGROUNDS,
    COLOURS,
    CONTACTS,
    FILLS,
    MOST_THINGS,
    PLACES,
    SHAPES,
    SIGN_WORDS,
    SIZES,
    Scene,
    Sign,
    Thing,
    scene_of,
)

SCENES = [scene_of(7, number) for number in range(2_000)]


def are_apart(first: Thing, second: Thing) -> bool:
    gaps = abs(first.x - second.x), abs(first.y - second.y)
    return max(gaps) > first.radius + second.radius


def digest(number: int) -> str:
    return hashlib.sha256(
        repr(scene_of(3, number)).encode() + draw_scene(scene_of(3, number), 64).tobytes()
    ).hexdigest()


def test_every_kind_of_everything_comes() -> None:
    things = [thing for scene in SCENES for thing in scene.things]
    assert {len(scene.things) for scene in SCENES} == set(range(1, MOST_THINGS + 1))
    assert {thing.shape for thing in things} == set(SHAPES)
    assert {thing.colour for thing in things} == set(COLOURS) == set(PAINT)
    assert {thing.fill for thing in things} == set(FILLS)
    assert {thing.size for thing in things} == set(SIZES)
    assert {thing.place for thing in things} == set(PLACES)
    assert {scene.background for scene in SCENES} == set(BACKGROUNDS)
    assert {scene.contact.kind for scene in SCENES if scene.contact} == set(CONTACTS)
    assert {scene.sign.word for scene in SCENES if scene.sign} == set(SIGN_WORDS)


def test_no_two_things_of_a_scene_have_one_name_or_one_place_unless_they_meet() -> None:
    for scene in SCENES:
        assert len({thing.name for thing in scene.things}) == len(scene.things)
        has_nested = bool(scene.contact and scene.contact.kind == "inside")
        places = Counter(thing.place for thing in scene.things)
        assert max(places.values()) <= 1 + has_nested
        assert not scene.sign or not places[scene.sign.place]


def test_things_meet_as_the_scene_says_and_others_are_apart() -> None:
    for scene in SCENES:
        for first, second in combinations(range(len(scene.things)), 2):
            thing, other = scene.things[first], scene.things[second]
            if scene.contact and {first, second} == {scene.contact.first, scene.contact.second}:
                gap = abs(thing.x - other.x) - thing.radius - other.radius
                inner, outer = scene.things[scene.contact.first], scene.things[scene.contact.second]
                meets = {
                    "touching": gap == pytest.approx(0, abs=1e-9),
                    "overlapping": gap < -0.05,
                    "inside": inner.radius < outer.radius and outer.fill == "hollow" and inner.box > outer.box[:1],
                }
                assert meets[scene.contact.kind]
            else:
                assert are_apart(thing, other), scene


def test_everything_lies_in_the_picture() -> None:
    edges = [edge for scene in SCENES for thing in scene.things for edge in thing.box]
    assert 0 < min(edges) < max(edges) < 1


@pytest.mark.slow
def test_a_scene_and_its_picture_hang_on_seed_and_number_alone() -> None:
    numbers = range(200)
    with ProcessPoolExecutor(2, get_context("spawn")) as workers:
        assert list(workers.map(digest, numbers)) == [digest(number) for number in reversed(numbers)][::-1]
    assert scene_of(1, 5) != scene_of(2, 5) != scene_of(2, 6)


@pytest.mark.parametrize("side", [64, 224])
def test_a_picture_shows_the_colour_of_each_thing_where_it_is_and_nothing_elsewhere(side: int) -> None:
    for scene in SCENES[:100]:
        pixels = np.asarray(draw_scene(scene, side), np.int64)
        for thing in scene.things:
            left, top, right, bottom = (round(edge * side) for edge in thing.box)
            inside = pixels[top : bottom + 1, left : right + 1]
            assert (inside == PAINT[thing.colour]).all(axis=2).mean() > 0.08, thing
        shown = {thing.colour for thing in scene.things} | ({"white", "black"} if scene.sign else set())
        for colour in set(COLOURS) - shown:
            assert not (pixels == PAINT[colour]).all(axis=2).any()


def test_every_word_has_a_plate_of_its_own() -> None:
    scenes = [Scene(background="plain", things=(), sign=Sign(word, "middle")) for word in SIGN_WORDS]
    plates = [draw_scene(scene, 64) for scene in scenes]
    assert len({plate.tobytes() for plate in plates}) == len(SIGN_WORDS)
    assert all(plate.size == (64, 64) for plate in plates)
