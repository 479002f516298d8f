"""Copies of pictures with a box drawn into them, for conversations about what is in it (the review, its Table 13)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from vlitqa.algorithms.shuffle_key import shuffle_key
from vlitqa.annotated_images.image import ImageObject
from vlitqa.backends.image_folder import ImageFolder
from vlitqa.errors import ImageFault
from vlitqa.records import ImageRef
from vlitqa.storage.atomic import disk_errors, replacing

MARKED = "marked"
"""The folder of these copies, in that of the build."""
_SIDE = 2048
"""Pixels of the shorter edge of a copy, at most."""
_COLOUR = (230, 20, 20)
_EDGE_OF_SIDE = 100
"""The shorter edge of a picture in widths of the drawn line."""


@dataclass(frozen=True, slots=True)
class RegionMarks:
    """Draws boxes into copies of the pictures of a build."""

    images: ImageFolder
    folder: Path
    """That of the build."""

    def mark(self, file: str, thing: ImageObject) -> ImageRef:
        """The picture with the box of an object; as it is where it cannot be opened, which a check will find."""
        assert thing.box is not None
        name = f"{MARKED}/{shuffle_key(file, thing.box).hex()}.png"
        path = self.folder / name
        if path.is_file():
            return ImageRef(name)
        try:
            pixels = self.images.look(ImageRef(file), _SIDE).pixels
        except ImageFault:
            return ImageRef(file)
        picture = Image.fromarray(pixels)
        left, top, right, bottom = thing.box
        edges = (left * picture.width, top * picture.height, right * picture.width, bottom * picture.height)
        width = max(2, min(picture.size) // _EDGE_OF_SIDE)
        ImageDraw.Draw(picture).rectangle(edges, outline=_COLOUR, width=width)
        with disk_errors(path):
            path.parent.mkdir(exist_ok=True)
            with replacing(path) as target:
                picture.save(target, "PNG")
        return ImageRef(name)
