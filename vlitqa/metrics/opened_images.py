"""The images of a record as an image-text encoder reads them."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from vlitqa.algorithms.arrays import Vectors
from vlitqa.contracts.tools import Picture, Tools
from vlitqa.errors import ImageFault
from vlitqa.records import Record
from vlitqa.results import Measurement, Status, unmeasured

_SIDE = 448
"""Pixels of the shorter edge: more than any encoder of images reads."""


@dataclass(frozen=True, slots=True)
class OpenedImages:
    """The images of a record that can be opened, by their position, and the fault of the last of the others."""

    pictures: dict[int, Picture]
    fault: str

    def encode(self, tools: Tools) -> dict[int, Vectors]:
        """The vector of every image."""
        return dict(zip(self.pictures, tools.matcher.images(list(self.pictures.values())), strict=True))

    def measurement_of_none(self, record: Record) -> Measurement:
        """The measurement of a record whose images cannot be opened."""
        status = Status.MISSING_IMAGE if self.fault.endswith("_missing") else Status.BAD_IMAGE
        return unmeasured(record, status, f"no image can be opened ({self.fault})")


def open_images(record: Record, tools: Tools, positions: Container[int] | None = None) -> OpenedImages:
    """Opens the images of a record, all or those at some positions."""
    pictures: dict[int, Picture] = {}
    code = ""
    for position, ref in enumerate(record.images):
        if positions is not None and position not in positions:
            continue
        try:
            pictures[position] = tools.images.look(ref, _SIDE)
        except ImageFault as fault:
            code = fault.code
    return OpenedImages(pictures, code)
