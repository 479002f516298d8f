"""Articles and plurals of the names of objects."""

from __future__ import annotations

import re
from collections.abc import Mapping

_IRREGULAR: Mapping[str, str] = {
    "person": "people",
    "man": "men",
    "woman": "women",
    "child": "children",
    "mouse": "mice",
    "knife": "knives",
    "sheep": "sheep",
    "tooth": "teeth",
    "foot": "feet",
    "goose": "geese",
    "fish": "fish",
    "skis": "skis",
    "scissors": "scissors",
}
_PAIRS = ("skis", "scissors")
"""Names that are plurals already."""


def plural_of(name: str) -> str:
    """The plural of a name, of whose words the last changes."""
    if name in _IRREGULAR:
        return _IRREGULAR[name]
    head, blank, last = name.rpartition(" ")
    if last in _IRREGULAR:
        return f"{head}{blank}{_IRREGULAR[last]}"
    if re.search(r"(?:s|x|z|ch|sh)$", last):
        return f"{name}es"
    if re.search(r"[^aeiou]y$", last):
        return f"{name[:-1]}ies"
    return f"{name}s"


def with_indefinite_article(name: str) -> str:
    """A name behind `a` or `an`; a plural such as `skis` has none."""
    if name in _PAIRS:
        return f"a pair of {name}"
    sounds_as_vowel = re.match(r"(?i)[aeio]|u(?!ni|se)|hour|honest|hono|heir", name)
    return f"{'an' if sounds_as_vowel else 'a'} {name}"
