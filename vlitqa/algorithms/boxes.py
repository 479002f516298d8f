"""Boxes in responses: where they stand in a text, and which convention of numbers explains those of a dataset."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

Box = tuple[float, float, float, float]
Size = tuple[int, int]
"""Width and height of an image in pixels."""
_NUMBER = r"(-?\d{1,6}(?:\.\d{1,20})?)"
_COMMA = r"\s{0,4},\s{0,4}"
_FOUR = re.compile(
    rf"[\[(]\s{{0,4}}{_NUMBER}{_COMMA}{_NUMBER}(?:\s{{0,4}}[\])]{_COMMA}[\[(]|{_COMMA}){_NUMBER}{_COMMA}{_NUMBER}\s{{0,4}}[\])]"
)
"""Four numbers in brackets, or two corners of two."""
_NAMED = re.compile(r"bbox|<\|?box", re.IGNORECASE)
_ASKED = re.compile(r"\b(?:where|locat\w+|bounding|box(?:es)?|bbox|coordinates?|ground|detect)\b", re.IGNORECASE)
_MOST = 32
"""Boxes of a response that are looked at."""
_SCALES = ("unit", "pixels", "thousand")
_SLACK = 1.001
_FEWEST_PIXELS = 2
"""The edge of the smallest box that means pixels; shares of an image are smaller."""


def boxes_in(question: str, response: str) -> list[Box]:
    """The boxes of a response that names them, or whose question asks for them; other lists of numbers are none."""
    if ("[" not in response and "(" not in response) or not (_NAMED.search(response) or _ASKED.search(question)):
        return []
    return [_as_box(match) for match in _FOUR.finditer(response)][:_MOST]


def contradictions(rows: Sequence[tuple[Sequence[Box], Size | None]]) -> list[int]:
    """The rows with a box that contradicts the convention of most boxes, by their position.

    Two corners come before a corner and a size. Where nothing explains half of the boxes, those rows are meant that
    have a box which no usual convention of corners allows. An image of unknown size bounds no pixels.
    """
    every = [(box, size) for boxes, size in rows for box in boxes]
    of_corners, of_sizes = ([_convention(scale, corners=corners) for scale in _SCALES] for corners in (True, False))
    allowed = of_corners
    for conventions in (of_corners, of_sizes):
        explained = [sum(fits(box, size) for box, size in every) for fits in conventions]
        if 2 * max(explained) >= len(every):
            allowed = [conventions[explained.index(max(explained))]]
            break
    return [
        position
        for position, (boxes, size) in enumerate(rows)
        if not all(any(fits(box, size) for fits in allowed) for box in boxes)
    ]


def _as_box(match: re.Match[str]) -> Box:
    left, top, right, bottom = map(float, match.groups())
    return left, top, right, bottom


def _convention(scale: str, *, corners: bool) -> Callable[[Box, Size | None], bool]:
    """Whether a box lies in its image, by a scale of numbers; as two corners, or as a corner and a size."""

    def fits(box: Box, size: Size | None) -> bool:
        left, top, third, fourth = box
        right, bottom = (third, fourth) if corners else (left + third, top + fourth)
        whole = all(number == int(number) for number in box)
        if scale == "unit":
            width, height = _SLACK, _SLACK
        elif scale == "thousand":
            width, height = (1000.0, 1000.0) if whole else (0.0, 0.0)
        else:
            width, height = (size[0] + 1.0, size[1] + 1.0) if size else (math.inf, math.inf)
            right, bottom = (right, bottom) if min(right - left, bottom - top) >= _FEWEST_PIXELS else (left, top)
        return 0 <= left < right <= width and 0 <= top < bottom <= height

    return fits
