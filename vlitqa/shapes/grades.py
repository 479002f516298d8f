"""How much looking and thinking an instruction asks for, from 1 to 10, by what it asks: the truth about difficulty."""

from __future__ import annotations

from collections.abc import Mapping

GRADES: Mapping[str, int] = {
    # one thing, named or found by its name
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
    # one thing by way of another, or what would be
    "neighbour": 7,
    "left": 8,
    "reasoned": 9,
}
"""By kind of question. Nothing in the world takes ten."""
