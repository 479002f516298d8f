"""The search for the next row behind a broken one."""

from __future__ import annotations

import re

from vlitqa.containers.window import Accepts, Window

_OBJECT = re.compile(r'\{(?=\s*+"(?:[^"\\]|\\.){0,200}+"\s*+:)', re.DOTALL)
_NAME_CAP = 1000
"""Characters of a name in front of a row."""
_FIRST_LOOK = 1 << 8
"""Most of what is tried breaks at once."""


def find_next_row(window: Window, accepts: Accepts, *, keyed: bool) -> bool:
    """Moves to the next object that is a row, or to its name; False if there is none."""
    ahead = 0
    while True:
        match = _OBJECT.search(window.text, window.position + ahead)
        if not match:
            ahead = 0
            window.move_to(max(window.position, len(window.text) - _NAME_CAP))
            if not window.fill():
                return False
            continue
        ahead = match.start() - window.position
        if window.is_unclosed(ahead):
            ahead += 1
            continue
        passed = max(ahead - _NAME_CAP, 0)
        window.move_to(window.position + passed)
        ahead -= passed
        name = _length_of_name(window.text[window.position : window.position + ahead]) if keyed else 0
        if name and window.scan(ahead - name).fault:
            name = None  # a name that cannot be read would be found broken here for ever
        scan = window.scan(ahead, _FIRST_LOOK)
        if name is not None and scan.holds_row(accepts):
            window.move_to(window.position + ahead - name)
            return True
        ahead += scan.length or 1  # no row stands inside a sound object


def _length_of_name(text: str) -> int | None:
    """The characters at the end of a text that name the value behind it; None if they name none."""
    before = text.rstrip()
    if not before.endswith(":"):
        return None
    before = before[:-1].rstrip()
    if not before.endswith('"') or _is_escaped(before, len(before) - 1):
        return None
    quote = before.rfind('"', 0, len(before) - 1)
    while quote >= 0 and _is_escaped(before, quote):
        quote = before.rfind('"', 0, quote)
    return len(text) - quote if quote >= 0 else None


def _is_escaped(text: str, place: int) -> bool:
    """True if an odd number of backslashes stands in front of a character."""
    before = text[:place]
    return (place - len(before.rstrip("\\"))) % 2 == 1
