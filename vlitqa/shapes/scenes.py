"""Scenes of the shapes world: what stands where, all of it from a seed and a number."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

SHAPES = ("circle", "square", "triangle", "diamond", "star", "cross")
COLOURS = ("red", "green", "blue", "yellow", "orange", "purple", "white", "black")
FILLS = ("solid", "hollow")
BACKGROUNDS = ("plain", "striped", "dotted", "checked", "shaded")
SIZES: Mapping[str, float] = {"small": 0.075, "large": 0.125}
"""Radius, where the picture is one wide."""
PLACES = (
    *("top left", "top", "top right"),
    *("left", "middle", "right"),
    *("bottom left", "bottom", "bottom right"),
)
"""The cells of a grid of three by three, row by row."""
CONTACTS = ("touching", "inside", "overlapping")
WORDS = (
    *("STOP", "OPEN", "EXIT", "TAXI", "BANK", "PARK", "FISH", "MILK"),
    *("BOOK", "ZOO", "CAFE", "HOME", "SALE", "POST", "FARM", "GOLD"),
)
"""What signs say."""
MOST = 6
"""Objects of a scene; there is at least one."""
TOUCHABLE = ("circle", "square", "diamond")
"""Shapes that are widest at half their height, where neighbours touch."""
_OUTER, _INNER = 0.15, 0.06
_SHIFT = 0.02
_SIGN_SHARE, _CONTACT_SHARE = 0.4, 0.4


@dataclass(frozen=True, slots=True)
class Thing:
    """One object; no other of its scene has its shape and its colour."""

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
        """What tells it from every other of its scene."""
        return f"{self.colour} {self.shape}"

    @property
    def one(self) -> str:
        """`an orange star`."""
        return with_article(self.name)

    @property
    def box(self) -> tuple[float, float, float, float]:
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


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that a picture shows."""

    background: str
    things: tuple[Thing, ...]
    contact: Contact | None = None
    sign: Sign | None = None

    @property
    def as_read(self) -> list[Thing]:
        """The things from the top left to the bottom right; of two in one place, the larger first."""
        return sorted(self.things, key=lambda thing: (PLACES.index(thing.place), -thing.radius))


def with_article(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def scene_of(seed: int, number: int) -> Scene:
    """The scene of a number: the same on every machine and in any order."""
    dice = random.Random(f"{seed} {number}")
    cells = list(range(9))
    looks = dice.sample(_LOOKS, dice.randint(1, MOST))
    things: list[Thing] = []
    contact = None
    if len(looks) > 1 and dice.random() < _CONTACT_SHARE:
        contact = Contact(dice.choice(CONTACTS), 0, 1)
        free = [look for look in _LOOKS if look[0] in TOUCHABLE and look not in looks[2:]]
        things += _pair(contact.kind, dice.sample(free, 2), cells, dice)
    dice.shuffle(cells)
    sign = Sign(dice.choice(WORDS), PLACES[cells.pop()]) if dice.random() < _SIGN_SHARE else None
    for shape, colour in looks[len(things) :]:
        size = dice.choice(tuple(SIZES))
        x, y = _centre(cells.pop())
        shift = dice.uniform(-_SHIFT, _SHIFT), dice.uniform(-_SHIFT, _SHIFT)
        things.append(Thing(shape, colour, size, dice.choice(FILLS), x + shift[0], y + shift[1], SIZES[size]))
    return Scene(dice.choice(BACKGROUNDS), tuple(things), contact, sign)


_LOOKS = tuple((shape, colour) for shape in SHAPES for colour in COLOURS)


def _pair(kind: str, looks: list[tuple[str, str]], cells: list[int], dice: random.Random) -> tuple[Thing, Thing]:
    """Two objects that meet; their cells are taken from the list."""
    (shape, colour), (second, other) = looks
    if kind == "inside":
        x, y = _centre(cells.pop(dice.randrange(9)))
        inner = Thing(shape, colour, "small", "solid", x, y, _INNER)
        return inner, Thing(second, other, "large", "hollow", x, y, _OUTER)
    row, left = dice.randrange(3), dice.randrange(2)
    border, y = (left + 1) / 3, _centre(3 * row)[1]
    sizes = [dice.choice(tuple(SIZES)) for _ in range(2)]
    reach = 1.0 if kind == "touching" else 0.5
    first = Thing(shape, colour, sizes[0], dice.choice(FILLS), border - reach * SIZES[sizes[0]], y, SIZES[sizes[0]])
    fill = dice.choice(FILLS)
    last = Thing(second, other, sizes[1], fill, border + reach * SIZES[sizes[1]], y, SIZES[sizes[1]])
    for cell in (3 * row + left, 3 * row + left + 1):
        cells.remove(cell)
    return (first, last) if dice.random() < 0.5 else (last, first)


def _centre(cell: int) -> tuple[float, float]:
    return (cell % 3 + 0.5) / 3, (cell // 3 + 0.5) / 3
