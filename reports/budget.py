"""How the bytes of a page are shared: texts, then pictures, the rows that should be seen first before all others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from reports.blocks import Explorer
from vlitqa.gallery import Exhibit

_TEXTS, _PICTURES, SCORES = 0.2, 0.4, 0.3
"""The shares of a page's bytes; the rest is for everything else."""
_CARD, _TOLD = 900, 130
"""Bytes around a row's texts, and for what one metric says of it."""


def fitted(block: Explorer, budget: int) -> Explorer:
    """The explorer with only as many rows, and among them as many pictures, as the page may hold."""
    shown = _rows(block, int(budget * _TEXTS))
    return replace(
        block,
        exhibits=tuple(_pictured(shown, int(budget * _PICTURES))),
        left_out=len(block.exhibits) - len(shown),
    )


def _rows(block: Explorer, room: int) -> list[Exhibit]:
    """The first rows whose texts fit; a long one that does not leaves room for those after it."""
    shown = []
    for exhibit in block.exhibits:
        texts = sum(len(text.encode(errors="replace")) for turn in exhibit.turns for text in turn if text)
        size = texts + _CARD + _TOLD * len(block.told.get(exhibit.row, ()))
        if size <= room:
            room -= size
            shown.append(exhibit)
    return shown


def _pictured(exhibits: Iterable[Exhibit], room: int) -> Iterable[Exhibit]:
    for exhibit in exhibits:
        pictures = []
        for picture in exhibit.pictures:
            size = len(picture.thumbnail) * 4 // 3
            fits = size <= room
            room -= size if fits else 0
            pictures.append(picture if fits else replace(picture, thumbnail=b""))
        yield replace(exhibit, pictures=tuple(pictures))
