"""Sections of a page: each says something about its subject in blocks, and knows nothing of how they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

_Subject = TypeVar("_Subject", contravariant=True)
_Block = TypeVar("_Block", covariant=True)


class Section(Protocol[_Subject, _Block]):
    """One part of a page: pure, and left out of the page where it gives no block."""

    title: str

    def build(self, run: _Subject, /) -> Sequence[_Block]:
        """The blocks about a finished run, or about whatever else a page is made of."""
        ...
