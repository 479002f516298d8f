"""Counts the regions of an image that texts point at: boxes, points and marks, in the notations in use."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NUMBER = r"-?\d{1,6}(?:\.\d{1,20})?"
_COMMA = r"\s{0,4},\s{0,4}"
_POINT = rf"[\[(]\s{{0,4}}{_NUMBER}{_COMMA}{_NUMBER}\s{{0,4}}[\])]"
_GAP = re.compile(r"[\s,]+")
_NAMED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"[\[(]\s{{0,4}}{_NUMBER}(?:{_COMMA}{_NUMBER}){{3}}\s{{0,4}}[\])]",
        rf"{_POINT}(?:\s{{0,4}},?\s{{0,4}}{_POINT}){{1,100}}",
        r"(?:<\d{1,4}>){4}|(?:<loc_?\d{1,4}>){4}|(?:<bin_\d{1,4}>){4}|(?:<patch_index_\d{1,4}>){2}",
        rf"\bx:\s?{_NUMBER}\W{{1,3}}y:\s?{_NUMBER}",
        rf"\bpoint_2d\W{{1,4}}{_POINT}",
        r"<ref>[^<]{1,300}</ref>|<\|object_ref_start\|>[^<]{1,300}<\|object_ref_end\|>",
        r"<(?:region|reg|roi|obj|object|mask|box|bbox|point|mark)[ _-]?\d{1,4}>",
        r"[\[(]x_?(?:1|min|center)?,\s?y_?(?:1|min|center)?(?:,\s?\w{1,6}){0,2}[\])]",
        r"<points? [^>]{1,300}>",
    )
)
"""Notations that tell regions apart: four numbers in brackets (Shikra, Ferret, Qwen2.5-VL), corners (Qwen-VL), tokens
of places (MiniGPT-v2, PaliGemma, Florence-2, OFA, KOSMOS-2), places by name (LRV), points (Qwen2.5-VL, Molmo), phrases,
numbered marks, and the names of corners in a demand for a box."""
_MARKS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"<(?:region|region_fea|region_token|roi|mask|point|obj)>",
        r"<(?:box|bbox)>|<\|box_start\|>",
        r"<ref-object>",
        r"\[SEG\]|<SEG>|<\|seg\|>",
    )
)
"""Notations in which all regions look alike."""


def count_regions(texts: Sequence[str]) -> int:
    """Counts the regions that an instruction and its response point at; one that both point at counts once.

    A region is often written in two notations, as by a phrase and its box, so the notation with most regions counts.
    """
    if not any(letter in text for text in texts for letter in "<[(:"):
        return 0
    named = [len({_name(match) for text in texts for match in notation.finditer(text)}) for notation in _NAMED]
    alike = [max(len(notation.findall(text)) for text in texts) for notation in _MARKS]
    return max(*named, *alike)


def _name(match: re.Match[str]) -> str:
    """The region that is pointed at, however its numbers are set apart."""
    return _GAP.sub(" ", match.group().lower())
