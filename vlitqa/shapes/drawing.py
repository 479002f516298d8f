"""Draws scenes with Pillow, in any size."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

from PIL import Image, ImageDraw

from vlitqa.shapes.scenes import PLACES, Box, Scene, Sign, Thing

SMALL, USUAL = 64, 224
"""Pixels of a side: what nano models read, and what others do."""
Colour = tuple[int, int, int]
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
"""Red, green and blue of each colour."""
_BACKGROUND: Colour = (176, 182, 186)
_PATTERN: Colour = (156, 163, 168)
"""The colour of stripes, dots and checks."""
_OUTLINE_WIDTH = 0.035
"""Of hollow shapes, where the picture is one wide."""
_ALPHABET = """
    A=25755 B=65656 C=34443 D=65556 E=74647 F=74644 G=34553 H=55755 I=72227 J=11152 K=55655 L=44447 M=57755
    N=65555 O=25552 P=65644 Q=25563 R=65655 S=34216 T=72222 U=55557 V=55552 W=55775 X=55255 Y=55222 Z=71247"""
_GLYPHS = dict(letter.split("=") for letter in _ALPHABET.split())
"""Each of five rows as an octal digit: its bits are the pixels from left to right."""
_GLYPH_ROWS, _GLYPH_COLUMNS = 5, 3
_PLATE_ROWS = _GLYPH_ROWS + 2
_UNIT = 1 / 64
"""A pixel of a letter, where the picture is one wide."""


def draw_scene(scene: Scene, side: int) -> Image.Image:
    """The picture of a scene; the first of two things that meet lies on top."""
    picture = _background(scene.background, side).copy()
    pencil = ImageDraw.Draw(picture)
    for thing in reversed(scene.things):
        draw_thing(thing, pencil, side, PAINT[thing.colour])
    if scene.sign:
        _draw_sign(scene.sign, pencil, side)
    return picture


def draw_thing(thing: Thing, pencil: ImageDraw.ImageDraw, side: int, colour: Colour | int) -> None:
    """Draws a thing in a colour, or in the number of one."""
    is_hollow = thing.fill == "hollow"
    fill = None if is_hollow else colour
    width = max(2, round(_OUTLINE_WIDTH * side)) if is_hollow else 0
    left, top, right, bottom = (round(edge * side) for edge in thing.box)
    if thing.shape == "circle":
        pencil.ellipse((left, top, right, bottom), fill, colour, width)
    elif thing.shape == "square":
        pencil.rectangle((left, top, right, bottom), fill, colour, width)
    else:
        radius, x, y = (right - left) / 2, (left + right) / 2, (top + bottom) / 2
        corners = [(x + radius * dx, y + radius * dy) for dx, dy in _OUTLINES[thing.shape]]
        pencil.polygon(corners, fill, colour, width)


def plate_of(sign: Sign) -> Box:
    """The box of a sign's plate without its rim."""
    cell = PLACES.index(sign.place)
    x, y = (cell % 3 + 0.5) / 3, (cell // 3 + 0.5) / 3
    half_width, half_height = _plate_columns(sign) * _UNIT / 2, _PLATE_ROWS * _UNIT / 2
    return x - half_width, y - half_height, x + half_width, y + half_height


def _plate_columns(sign: Sign) -> int:
    return (_GLYPH_COLUMNS + 1) * len(sign.word) + 1


def _draw_sign(sign: Sign, pencil: ImageDraw.ImageDraw, side: int) -> None:
    """A white plate with a dark rim, and its word in letters of three by five."""
    unit = side * _UNIT
    rim = max(1, round(unit))
    left, top = (round(edge * side) for edge in plate_of(sign)[:2])
    right, bottom = left + round(_plate_columns(sign) * unit), top + round(_PLATE_ROWS * unit)
    plate = (left - rim, top - rim, right + rim - 1, bottom + rim - 1)
    pencil.rectangle(plate, PAINT["white"], PAINT["black"], rim)
    for column, row in _ink(sign.word):
        x, y = left + round((column + 1) * unit), top + round((row + 1) * unit)
        pencil.rectangle((x, y, x + rim - 1, y + rim - 1), PAINT["black"])


def _ink(word: str) -> list[tuple[int, int]]:
    """The column and the row of every black pixel of a word's letters."""
    return [
        ((_GLYPH_COLUMNS + 1) * place + column, row)
        for place, letter in enumerate(word)
        for row, digit in enumerate(_GLYPHS[letter])
        for column in range(_GLYPH_COLUMNS)
        if int(digit) >> (_GLYPH_COLUMNS - 1 - column) & 1
    ]


@cache
def _background(kind: str, side: int) -> Image.Image:
    picture = Image.new("RGB", (side, side), _BACKGROUND)
    pencil = ImageDraw.Draw(picture)
    step = side / 8
    for column in range(8):
        if kind == "striped" and column % 2:
            pencil.rectangle((column * step, 0, (column + 1) * step - 1, side), _PATTERN)
        for row in range(8):
            x, y = column * step, row * step
            if kind == "checked" and (column + row) % 2:
                pencil.rectangle((x, y, x + step - 1, y + step - 1), _PATTERN)
            if kind == "dotted":
                pencil.ellipse((x + 0.3 * step, y + 0.3 * step, x + 0.7 * step, y + 0.7 * step), _PATTERN)
    if kind == "shaded":
        for y in range(side):
            pencil.line((0, y, side, y), tuple(round(channel - 60 * y / side) for channel in _BACKGROUND))
    return picture


_Corner = tuple[float, float]


def _star() -> list[_Corner]:
    angles = [math.pi * corner / 5 for corner in range(10)]
    return [
        (math.sin(angle) * radius, -math.cos(angle) * radius)
        for angle, radius in zip(angles, [1, 0.42] * 5, strict=True)
    ]


_OUTLINES: Mapping[str, list[_Corner]] = {
    "triangle": [(0, -1), (1, 0.85), (-1, 0.85)],
    "diamond": [(0, -1), (1, 0), (0, 1), (-1, 0)],
    "star": _star(),
    "cross": [
        *((-0.35, -1), (0.35, -1), (0.35, -0.35), (1, -0.35), (1, 0.35), (0.35, 0.35)),
        *((0.35, 1), (-0.35, 1), (-0.35, 0.35), (-1, 0.35), (-1, -0.35), (-0.35, -0.35)),
    ],
}
"""Corners, where the radius is one and y points down."""
