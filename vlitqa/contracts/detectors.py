"""Detectors: they look for things in a picture by their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from vlitqa.contracts.tools import Picture

PixelBox = tuple[float, float, float, float]
"""The left, upper, right and lower edge in pixels of the picture's file, from its upper left corner."""


@dataclass(frozen=True, slots=True)
class Detection:
    """A thing in a picture: its place, and how sure the detector is of it, from 0 to 1."""

    score: float
    box: PixelBox


class Detector(Protocol):
    """Looks for things that words name, whatever the words are."""

    @property
    def name(self) -> str:
        """The detector's kind and the weights that it was loaded from."""
        ...

    @property
    def picture_side(self) -> int:
        """The shorter edge of the pictures that it reads, in pixels."""
        ...

    def find(self, picture: Picture, nouns: Sequence[str]) -> Sequence[Detection | None]:
        """The best place of what each noun names, or None where there is none; independent of the other nouns."""
        ...
