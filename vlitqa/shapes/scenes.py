"""Scenes of the shapes world: what stands where, all of it from a seed and a number."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

SHAPES = ("circle", "square", "triangle", "diamond", "star", "cross")
COLOURS = ("red", "green", "blue", "yellow", "orange", "purple", "white", "black")
FILLS = ("solid", "hollow")
BACKGROUNDS = ("plain", "striped", "dotted", "checked", "shaded")
SIZES: Mapping[str, float] = {"small": 0.075, "large": 0.125}
"""Radius by size, where the picture is one wide."""
PLACES = (
    *("top left", "top", "top right"),
    *("left", "middle", "right"),
    *("bottom left", "bottom", "bottom right"),
)
"""The cells of a grid of three by three, row by row."""
CONTACTS = ("touching", "inside", "overlapping")
SIGN_WORDS = (
    *("STOP", "OPEN", "EXIT", "TAXI", "BANK", "PARK", "FISH", "MILK"),
    *("BOOK", "ZOO", "CAFE", "HOME", "SALE", "POST", "FARM", "GOLD"),
)
"""Words that a sign may say."""
MOST_THINGS = 6
"""The most things of a scene; there is at least one."""
TOUCHABLE = ("circle", "square", "diamond")
"""Shapes that are widest at half their height, where neighbours touch."""
Box = tuple[float, float, float, float]
"""Left, top, right and bottom, where the picture is one wide."""
_OUTER_RADIUS, _INNER_RADIUS = 0.15, 0.06
"""Of two things one of which lies inside the other."""
_SHIFT = 0.02
"""The most that a thing stands off the centre of its cell."""
_SIGN_SHARE, _CONTACT_SHARE = 0.4, 0.4
_REMEMBERED = 1 << 14
"""Scenes that are kept, in some twenty megabytes: all dimensions of an exam look for questions in the same ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One object; no other of its scene has both its shape and its colour."""

    shape: str
    colour: str
    size: str
    fill: str
    x: float
    y: float
    radius: float

    @property
    def place(self) -> str:
        """The cell in which its centre lies."""
        return PLACES[3 * min(2, int(self.y * 3)) + min(2, int(self.x * 3))]

    @property
    def name(self) -> str:
        """Its colour and shape, which no other thing of its scene has."""
        return f"{self.colour} {self.shape}"

    @property
    def phrase(self) -> str:
        """Its name with an article: `an orange star`."""
        return with_article(self.name)

    @property
    def box(self) -> Box:
        """The square around it."""
        return (self.x - self.radius, self.y - self.radius, self.x + self.radius, self.y + self.radius)


@dataclass(frozen=True, slots=True)
class Contact:
    """Two objects of a scene that meet: the first touches, lies inside or overlaps the second."""

    kind: str
    first: int
    second: int


@dataclass(frozen=True, slots=True)
class Sign:
    """A plate with a word."""

    word: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Everything that a picture shows."""

    background: str
    things: tuple[Thing, ...]
    contact: Contact | None = None
    sign: Sign | None = None

    @property
    def in_reading_order(self) -> list[Thing]:
        """The things from the top left to the bottom right; of two in one place, the larger first."""
        return sorted(self.things, key=lambda thing: (PLACES.index(thing.place), -thing.radius))


def with_article(name: str) -> str:
    """The name behind its indefinite article."""
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


@lru_cache(maxsize=_REMEMBERED)
def scene_of(seed: int, number: int) -> Scene:
    """The scene of a number: the same on every machine and in any order."""
    generator = random.Random(f"{seed} {number}")
    free_cells = list(range(9))
    looks = generator.sample(_LOOKS, generator.randint(1, MOST_THINGS))
    things: list[Thing] = []
    contact = sign = None
    if len(looks) > 1 and generator.random() < _CONTACT_SHARE:
        contact = Contact(generator.choice(CONTACTS), 0, 1)
        touchable = [look for look in _LOOKS if look[0] in TOUCHABLE and look not in looks[2:]]
        things += _things_in_contact(contact.kind, generator.sample(touchable, 2), free_cells, generator)
    generator.shuffle(free_cells)
    if generator.random() < _SIGN_SHARE:
        sign = Sign(generator.choice(SIGN_WORDS), PLACES[free_cells.pop()])
    things += [_thing_alone(look, free_cells.pop(), generator) for look in looks[len(things) :]]
    return Scene(background=generator.choice(BACKGROUNDS), things=tuple(things), contact=contact, sign=sign)


_Look = tuple[str, str]
"""A shape and a colour."""
_LOOKS: tuple[_Look, ...] = tuple((shape, colour) for shape in SHAPES for colour in COLOURS)


def _thing_alone(look: _Look, cell: int, generator: random.Random) -> Thing:
    shape, colour = look
    size = generator.choice(tuple(SIZES))
    x, y = _centre(cell)
    x, y = x + generator.uniform(-_SHIFT, _SHIFT), y + generator.uniform(-_SHIFT, _SHIFT)
    fill = generator.choice(FILLS)
    return Thing(shape=shape, colour=colour, size=size, fill=fill, x=x, y=y, radius=SIZES[size])


def _things_in_contact(
    kind: str, looks: list[_Look], free_cells: list[int], generator: random.Random
) -> tuple[Thing, Thing]:
    """Two things that meet; their cells are taken from the free ones."""
    if kind == "inside":
        return _nested_things(looks, free_cells.pop(generator.randrange(9)))
    row, column = generator.randrange(3), generator.randrange(2)
    border, y = (column + 1) / 3, _centre(3 * row)[1]
    left_size, right_size = (generator.choice(tuple(SIZES)) for _ in range(2))
    reach = 1.0 if kind == "touching" else 0.5
    left, right = (
        Thing(
            shape=shape,
            colour=colour,
            size=size,
            fill=generator.choice(FILLS),
            x=border + side * reach * SIZES[size],
            y=y,
            radius=SIZES[size],
        )
        for (shape, colour), size, side in zip(looks, (left_size, right_size), (-1, 1), strict=True)
    )
    for cell in (3 * row + column, 3 * row + column + 1):
        free_cells.remove(cell)
    return (left, right) if generator.random() < 0.5 else (right, left)


def _nested_things(looks: list[_Look], cell: int) -> tuple[Thing, Thing]:
    """A solid thing, and a hollow one around it."""
    x, y = _centre(cell)
    (inner_shape, inner_colour), (outer_shape, outer_colour) = looks
    return (
        Thing(shape=inner_shape, colour=inner_colour, size="small", fill="solid", x=x, y=y, radius=_INNER_RADIUS),
        Thing(shape=outer_shape, colour=outer_colour, size="large", fill="hollow", x=x, y=y, radius=_OUTER_RADIUS),
    )


def _centre(cell: int) -> tuple[float, float]:
    return (cell % 3 + 0.5) / 3, (cell // 3 + 0.5) / 3
