"""Conversations that draw: each picture of a response is what was asked for, and its caption says so."""

from __future__ import annotations

from vlitqa.shapes.annotations import caption_of
from vlitqa.shapes.drawing import draw_scene
from vlitqa.shapes.picture_requests import request_record, scene_named, scene_number
from vlitqa.shapes.scenes import scene_of

RECORDS = [request_record(7, number) for number in range(400)]


def test_every_turn_ends_with_one_picture_that_its_caption_describes() -> None:
    for record in RECORDS:
        for turn in record.turns:
            (image,) = turn.response_images
            assert turn.response_offsets == (len(turn.response or ""),)
            ref = record.images[image]
            assert ref.caption == caption_of(scene_named(7, ref.name))


def test_a_picture_is_the_one_that_was_asked_for() -> None:
    kinds = set()
    for number, record in enumerate(RECORDS):
        scene = scene_of(7, number)
        for turn in record.turns:
            drawn = scene_named(7, record.images[turn.response_images[0]].name)
            kind, _, asked = (turn.instruction or "").removeprefix("Draw ").partition(": ")
            if asked:
                assert (kind, drawn, asked) == ("this", scene, caption_of(scene))
            elif kind.endswith(" alone."):
                assert [f"the {thing.name} alone." for thing in drawn.things] == [kind]
            else:
                names = {thing.name for thing in scene.things} - {thing.name for thing in drawn.things}
                assert [f"the picture without the {name}." for name in names] == [kind]
            kinds.add("caption" if asked else kind.split()[-1] == "alone.")
    assert kinds == {"caption", True, False}


def test_what_is_drawn_can_be_shown_and_a_contact_stays_where_both_things_do() -> None:
    contacts = 0
    for record in RECORDS:
        for ref in record.images:
            scene, whole = scene_named(7, ref.name), scene_of(7, scene_number(ref.name))
            assert draw_scene(scene, 64).size == (64, 64)
            if scene.contact and scene != whole:
                meeting = scene.contact.first, scene.contact.second
                assert whole.contact
                assert [scene.things[place] for place in meeting] == [
                    whole.things[place] for place in (whole.contact.first, whole.contact.second)
                ]
                contacts += 1
    assert contacts > 10


def test_a_conversation_is_the_same_for_a_seed() -> None:
    assert request_record(7, 3) == RECORDS[3]
    assert request_record(8, 3) != RECORDS[3]
