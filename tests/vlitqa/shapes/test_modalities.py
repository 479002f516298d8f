"""Depth maps and tones of scenes tell what they should, and nothing of what they should not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vlitqa.shapes.depth import depth_of
from vlitqa.shapes.drawing import PAINT, draw_scene
from vlitqa.shapes.scenes import COLOURS, PLACES, Scene, scene_of
from vlitqa.shapes.tones import PLACE_SECONDS, TONE_RATE, tones_of

SCENES = [scene_of(7, number) for number in range(100)]


def recoloured(scene: Scene) -> Scene:
    """The scene in other colours."""
    return replace(
        scene,
        things=tuple(replace(thing, colour=COLOURS[COLOURS.index(thing.colour) - 1]) for thing in scene.things),
    )


def test_a_depth_map_tells_no_colour_and_stands_out_where_things_are() -> None:
    for scene in SCENES:
        depth = depth_of(scene, 64)
        assert (depth == depth_of(recoloured(replace(scene, background="plain")), 64)).all()
        picture = np.asarray(draw_scene(replace(scene, sign=None), 64))
        is_thing = np.zeros((64, 64), bool)
        for thing in scene.things:
            is_thing |= (picture == PAINT[thing.colour]).all(axis=2)
        assert (depth[is_thing] < 4).all()
        assert (depth == 4).any()


def test_of_two_things_that_meet_one_is_nearer() -> None:
    overlapping = [scene for scene in SCENES if scene.contact and scene.contact.kind == "overlapping"]
    assert len(overlapping) > 3
    for scene in overlapping:
        distances = np.unique(depth_of(scene, 64)).tolist()
        assert {2.0, 1.6} <= {round(metres, 1) for metres in distances}


def test_tones_tell_colours_and_places_and_no_shape() -> None:
    length = round(PLACE_SECONDS * TONE_RATE)
    for scene in SCENES:
        sound = tones_of(scene)
        other_shapes = tuple(replace(thing, shape="circle", fill="solid") for thing in scene.things)
        assert (sound == tones_of(replace(scene, things=other_shapes, background="plain", sign=None))).all()
        sounds = {PLACES[place] for place in range(9) if np.abs(sound[place * length : (place + 1) * length]).max() > 0}
        assert sounds == {thing.place for thing in scene.things}
        assert not np.allclose(sound, tones_of(recoloured(scene)))


def test_the_pitch_of_a_thing_is_that_of_its_colour() -> None:
    pitches: dict[str, set[int]] = {}
    for scene in SCENES:
        if len(scene.things) == 1:
            sound = tones_of(scene)
            strongest = int(np.abs(np.fft.rfft(sound)).argmax() * TONE_RATE / len(sound) // 20)
            pitches.setdefault(scene.things[0].colour, set()).add(strongest)
    assert len(pitches) > 4
    assert all(max(of_colour) - min(of_colour) <= 1 for of_colour in pitches.values())
    assert len({min(of_colour) for of_colour in pitches.values()}) == len(pitches)
