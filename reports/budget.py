"""Shares the bytes of a page among texts and pictures; the rows that should be seen first come first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from html import escape

from reports.blocks import Explorer
from reports.visible import visible
from vlitqa.runs.gallery import Exhibit

_TEXTS, _PICTURES, SCORES = 0.2, 0.35, 0.3
"""The shares of a page's bytes; the rest is for everything else."""
_CARD, _TURN, _PICTURE, _METRIC = 700, 120, 160, 150
"""Bytes around a row, one of its turns, one of its pictures, and the value of one metric."""


def fit_explorer(block: Explorer, budget: int) -> Explorer:
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
        metrics = block.metrics.get(exhibit.row, ())
        around = _CARD + _TURN * len(exhibit.turns) + _PICTURE * len(exhibit.pictures) + _METRIC * len(metrics)
        size = around + sum(map(_size, (*_texts(exhibit), *(metric.comment for metric in metrics))))
        if size <= room:
            room -= size
            shown.append(exhibit)
    return shown


def _texts(exhibit: Exhibit) -> Iterator[str]:
    yield exhibit.record
    yield from (picture.name * 3 for picture in exhibit.pictures)
    yield from (text for turn in exhibit.turns for text in (turn.instruction, turn.response) if text)


def _size(text: str) -> int:
    return len(escape(visible(text)).encode(errors="replace"))


def _pictured(exhibits: Iterable[Exhibit], room: int) -> Iterable[Exhibit]:
    for exhibit in exhibits:
        pictures = []
        for picture in exhibit.pictures:
            size = len(picture.thumbnail) * 4 // 3
            fits = size <= room
            room -= size if fits else 0
            pictures.append(picture if fits else replace(picture, thumbnail=b""))
        yield replace(exhibit, pictures=tuple(pictures))
