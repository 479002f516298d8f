"""The true difficulty of an instruction, from 1 to 10: how much looking and thinking its kind asks for."""

from __future__ import annotations

from collections.abc import Mapping

GRADES: Mapping[str, int] = {
    # a single thing, named or looked up by its name
    "background": 1,
    "name": 1,
    "word": 1,
    "existence": 1,
    "negative": 2,
    "shape": 2,
    "colour": 2,
    "look": 2,
    "place": 2,
    # all things, or all of a place
    "caption": 3,
    "all": 3,
    "region": 3,
    "box": 4,
    "some": 4,
    # several things, compared
    "side": 5,
    "meeting": 5,
    "detail": 6,
    # a thing by way of another, or what would be
    "neighbour": 7,
    "left": 8,
    "reasoned": 9,
}
"""By kind of question; nothing in the world takes ten."""
