"""Films: animated pictures, and folders of frames; only the frames that are asked for are kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reference_models.imagebind_llm.decoded_media import open_pillow
from reference_models.imagebind_llm.media_files import read_media
from vlitqa.backends.image_costs import PIXEL_CAP
from vlitqa.backends.image_folder import ImageFolder
from vlitqa.errors import ImageFault, UsageError
from vlitqa.records import ImageRef

FOLDER_RATE = 4.0
"""The frames of a second that a folder holds; nothing in it says so."""
_MOST_PIXELS = 4_000_000_000
"""Of all frames together: Pillow decodes every frame before one that is asked for."""
_USUAL_SECONDS = 0.1
"""The time of a frame whose file names none, as browsers take it."""
_FRAME_ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
_CONTAINERS = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ogv", ".wmv", ".flv")
_ANIMATIONS = ("GIF", "WEBP", "PNG")
_REPAIR = "Name an animated GIF, WebP or PNG, or a folder of frames."
_CONVERSION = (
    f"Turn it into a folder of frames and name that: "
    f"mkdir frames; ffmpeg -i FILM -vf fps={FOLDER_RATE:g} frames/%06d.jpg"
)


@dataclass(frozen=True, slots=True)
class Film:
    """Frames that can be decoded."""

    count: int
    rate: float
    """The frames of a second."""
    frames: Callable[[Sequence[int]], Iterator[NDArray[np.uint8]]]
    """Decodes frames by their numbers, which rise.  # (height, width, 3) each"""


def open_film(path: Path) -> Film:
    """Opens a film of two frames or more; raises UsageError for anything else."""
    film = _open_folder(path) if path.is_dir() else _open_animation(path)
    if film.count <= 1:
        number = "one frame" if film.count else "no frames"
        raise UsageError(f"{path} has {number}, and is no film.", repair=f"{_REPAIR} A picture is shown as one.")
    return film


def _open_folder(folder: Path) -> Film:
    try:
        listed = sorted((path.name for path in folder.iterdir()), key=_with_numbers)
    except OSError as error:
        raise UsageError(f"{folder} cannot be read: {error.strerror}.") from None
    names = [name for name in listed if name.lower().endswith(_FRAME_ENDINGS)]

    def decode(numbers: Sequence[int]) -> Iterator[NDArray[np.uint8]]:
        images = ImageFolder((str(folder.absolute()),))
        for number in numbers:
            try:
                yield images.look(ImageRef(names[number]), PIXEL_CAP).pixels
            except ImageFault as fault:
                message = f"The frame {names[number]} of {folder} is damaged: {fault}."
                raise UsageError(message, repair="Write it again, or take it out of the folder.") from None

    return Film(len(names), FOLDER_RATE, decode)


def _with_numbers(name: str) -> list[str | int]:
    """What puts frame 10 behind frame 9: a name in which digits are numbers."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)]


def _open_animation(path: Path) -> Film:
    if path.suffix.lower() in _CONTAINERS:
        raise UsageError(f"{path} is a film in a container that is not read here.", repair=_CONVERSION)
    data = read_media(path)
    if data[4:8] == b"ftyp" or data[:4] == b"\x1aE\xdf\xa3" or (data[:4], data[8:12]) == (b"RIFF", b"AVI "):
        raise UsageError(f"{path} is a film in a container that is not read here.", repair=_CONVERSION)
    with open_pillow(data, path, _ANIMATIONS, _REPAIR) as image:
        count: int = getattr(image, "n_frames", 1)
        if count * image.width * image.height > _MOST_PIXELS:
            size = f"{count:,} frames of {image.width} x {image.height} pixels"
            raise UsageError(f"{path} has {size}.", repair=f"Scale it down or thin it out. {_CONVERSION}")
        image.seek(0)
        image.load()
        seconds = image.info.get("duration", 0) / 1000 or _USUAL_SECONDS

    def decode(numbers: Sequence[int]) -> Iterator[NDArray[np.uint8]]:
        with open_pillow(data, path, _ANIMATIONS, _REPAIR) as image:
            for number in numbers:
                image.seek(number)
                yield np.asarray(image.convert("RGB"))  # (height, width, 3)

    return Film(count, 1 / seconds, decode)
