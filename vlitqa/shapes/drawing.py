"""Draws scenes with Pillow, in any size."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

from PIL import Image, ImageDraw

from vlitqa.shapes.scenes import PLACES, Scene, Sign, Thing

Colour = tuple[int, int, int]
Point = tuple[float, float]
SMALL, USUAL = 64, 224
"""Pixels of a side: what nano models read, and what others do."""
PAINT: Mapping[str, Colour] = {
    "red": (214, 39, 40),
    "green": (40, 150, 60),
    "blue": (31, 80, 210),
    "yellow": (245, 215, 30),
    "orange": (250, 135, 20),
    "purple": (135, 50, 175),
    "white": (252, 252, 252),
    "black": (20, 20, 20),
}
_GROUND: Colour = (176, 182, 186)
_LINES: Colour = (156, 163, 168)
_LINE = 0.035
"""Of hollow shapes, as wide as this share of the picture."""
_ALPHABET = """
    A=25755 B=65656 C=34443 D=65556 E=74647 F=74644 G=34553 H=55755 I=72227 J=11152 K=55655 L=44447 M=57755
    N=65555 O=25552 P=65644 Q=25563 R=65655 S=34216 T=72222 U=55557 V=55552 W=55775 X=55255 Y=55222 Z=71247"""
_LETTERS = dict(each.split("=") for each in _ALPHABET.split())
"""Each of five rows as an octal digit: its bits are the pixels from left to right."""
_ROWS, _COLUMNS = 5, 3
_HIGH = _ROWS + 2
_UNIT = 1 / 64
"""A pixel of a letter, where the picture is one wide."""


def drawn(scene: Scene, side: int) -> Image.Image:
    """The picture of a scene; the first of two things that meet lies on top."""
    picture = _ground(scene.background, side).copy()
    pencil = ImageDraw.Draw(picture)
    for thing in reversed(scene.things):
        _draw(thing, pencil, side)
    if scene.sign:
        _plate(scene.sign, pencil, side)
    return picture


def _draw(thing: Thing, pencil: ImageDraw.ImageDraw, side: int) -> None:
    paint = PAINT[thing.colour]
    hollow = thing.fill == "hollow"
    inside = None if hollow else paint
    width = max(2, round(_LINE * side)) if hollow else 0
    left, top, right, bottom = (round(edge * side) for edge in thing.box)
    if thing.shape == "circle":
        pencil.ellipse((left, top, right, bottom), inside, paint, width)
    elif thing.shape == "square":
        pencil.rectangle((left, top, right, bottom), inside, paint, width)
    else:
        half, x, y = (right - left) / 2, (left + right) / 2, (top + bottom) / 2
        pencil.polygon([(x + half * dx, y + half * dy) for dx, dy in _OUTLINES[thing.shape]], inside, paint, width)


def plate_of(sign: Sign) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of its plate without the rim, where the picture is one wide."""
    cell = PLACES.index(sign.place)
    x, y = (cell % 3 + 0.5) / 3, (cell // 3 + 0.5) / 3
    half, tall = _letters_wide(sign) * _UNIT / 2, _HIGH * _UNIT / 2
    return x - half, y - tall, x + half, y + tall


def _letters_wide(sign: Sign) -> int:
    return (_COLUMNS + 1) * len(sign.word) + 1


def _plate(sign: Sign, pencil: ImageDraw.ImageDraw, side: int) -> None:
    """A white plate with a dark rim, and its word in letters of three by five."""
    unit = side * _UNIT
    rim = max(1, round(unit))
    left, top = (round(edge * side) for edge in plate_of(sign)[:2])
    right, bottom = left + round(_letters_wide(sign) * unit), top + round(_HIGH * unit)
    plate = (left - rim, top - rim, right + rim - 1, bottom + rim - 1)
    pencil.rectangle(plate, PAINT["white"], PAINT["black"], rim)
    for place, letter in enumerate(sign.word):
        for row, digit in enumerate(_LETTERS[letter]):
            for column in range(_COLUMNS):
                if int(digit) >> (_COLUMNS - 1 - column) & 1:
                    x = left + round(((_COLUMNS + 1) * place + 1 + column) * unit)
                    y = top + round((row + 1) * unit)
                    pencil.rectangle((x, y, x + rim - 1, y + rim - 1), PAINT["black"])


@cache
def _ground(kind: str, side: int) -> Image.Image:
    picture = Image.new("RGB", (side, side), _GROUND)
    pencil = ImageDraw.Draw(picture)
    step = side / 8
    for first in range(8):
        if kind == "striped" and first % 2:
            pencil.rectangle((first * step, 0, (first + 1) * step - 1, side), _LINES)
        for second in range(8):
            x, y = first * step, second * step
            if kind == "checked" and (first + second) % 2:
                pencil.rectangle((x, y, x + step - 1, y + step - 1), _LINES)
            if kind == "dotted":
                pencil.ellipse((x + 0.3 * step, y + 0.3 * step, x + 0.7 * step, y + 0.7 * step), _LINES)
    if kind == "shaded":
        for y in range(side):
            pencil.line((0, y, side, y), tuple(round(each - 60 * y / side) for each in _GROUND))
    return picture


def _star() -> list[Point]:
    turns = [math.pi * corner / 5 for corner in range(10)]
    return [(math.sin(turn) * reach, -math.cos(turn) * reach) for turn, reach in zip(turns, [1, 0.42] * 5, strict=True)]


_OUTLINES: Mapping[str, list[Point]] = {
    "triangle": [(0, -1), (1, 0.85), (-1, 0.85)],
    "diamond": [(0, -1), (1, 0), (0, 1), (-1, 0)],
    "star": _star(),
    "cross": [
        *((-0.35, -1), (0.35, -1), (0.35, -0.35), (1, -0.35), (1, 0.35), (0.35, 0.35)),
        *((0.35, 1), (-0.35, 1), (-0.35, 0.35), (-1, 0.35), (-1, -0.35), (-0.35, -0.35)),
    ],
}
"""Corners, where the radius is one and y points down."""
