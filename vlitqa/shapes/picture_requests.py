"""Conversations in which pictures are asked for, as in TextBind's data: what is drawn in response has a caption."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from vlitqa.records import ImageRef, Record, Turn
from vlitqa.shapes.annotations import caption_of
from vlitqa.shapes.datasets import picture_name
from vlitqa.shapes.scenes import Contact, Scene, scene_of

_ALONE, _WITHOUT = "alone", "without"
"""How a picture differs from that of a scene: it shows one thing alone, or lacks it."""
_CAPTION_SHARE = 1 / 3
"""The share of conversations that begin with a caption, and not with a picture."""


@dataclass(frozen=True, slots=True)
class PictureRequest:
    """A request for a picture, what is said with it, and the picture by its name."""

    request: str
    response: str
    picture: str


def request_record(seed: int, number: int) -> Record:
    """One or two requests about a scene; each response ends with the picture that was asked for."""
    dice = random.Random(f"{seed} requests {number}")
    scene = scene_of(seed, number)
    makers = dice.sample([_alone, *([_without] if len(scene.things) > 1 else [])], 1 if len(scene.things) == 1 else 2)
    requests = [make(number, dice.choice(scene.things).name) for make in makers]
    shown = ImageRef(picture_name(number), caption=caption_of(scene))
    begins_with_caption = dice.random() < _CAPTION_SHARE
    if begins_with_caption:
        requests[0] = PictureRequest(f"Draw this: {shown.caption}", "This is how it looks.", shown.name)
        shown = ImageRef(requests[0].picture, caption=shown.caption)
    images = [] if begins_with_caption else [shown]
    turns = list[Turn]()
    for request in requests:
        image = len(images)
        images.append(ImageRef(request.picture, caption=caption_of(scene_named(seed, request.picture))))
        shows = (0,) if not turns and not begins_with_caption else ()
        turns.append(Turn(request.request, request.response, shows, (image,), (), (len(request.response),)))
    return Record(tuple(turns), tuple(images), f"{number}", task="drawing")


def scene_named(seed: int, name: str) -> Scene:
    """The scene of a picture by the name of its file: `000017.png`, or `000017-alone-red-circle.png`."""
    _, *changes = name.removesuffix(".png").split("-", 2)
    scene = scene_of(seed, scene_number(name))
    return _CHANGES[changes[0]](scene, changes[1].replace("-", " ")) if changes else scene


def scene_number(name: str) -> int:
    """The number of the scene from which a picture comes, by the name of its file."""
    return int(name.removesuffix(".png").split("-", 1)[0])


def _alone(number: int, thing: str) -> PictureRequest:
    return PictureRequest(f"Draw the {thing} alone.", f"This is the {thing}.", _changed_name(number, _ALONE, thing))


def _without(number: int, thing: str) -> PictureRequest:
    request = f"Draw the picture without the {thing}."
    return PictureRequest(request, f"The {thing} is left out.", _changed_name(number, _WITHOUT, thing))


def _changed_name(number: int, change: str, thing: str) -> str:
    return picture_name(number).replace(".", f"-{change}-{thing.replace(' ', '-')}.")


def _show_alone(scene: Scene, name: str) -> Scene:
    (thing,) = (thing for thing in scene.things if thing.name == name)
    return Scene(background=scene.background, things=(thing,))


def _leave_out(scene: Scene, name: str) -> Scene:
    """The scene without a thing; a contact stays where both of its things do."""
    left = tuple(thing for thing in scene.things if thing.name != name)
    contact = scene.contact
    if contact:
        meeting = [scene.things[place] for place in (contact.first, contact.second)]
        contact = Contact(contact.kind, *map(left.index, meeting)) if all(thing in left for thing in meeting) else None
    return replace(scene, things=left, contact=contact)


_CHANGES: dict[str, Callable[[Scene, str], Scene]] = {_ALONE: _show_alone, _WITHOUT: _leave_out}
