"""Opens images, and frames of videos, and decodes each once at the scale that is asked for."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass

from PIL import Image

from vlitqa.backends.image_costs import PIXEL_CAP
from vlitqa.backends.image_decoding import decode_image
from vlitqa.backends.recording_folder import RecordingFolder
from vlitqa.backends.rooted_files import FileKind, RootedFiles
from vlitqa.contracts.tools import Picture
from vlitqa.errors import ImageFault
from vlitqa.records import VIDEO, ImageRef, Recording

BYTE_CAP = 64 << 20
_IMAGE = FileKind("image", "image", endings=("", ".jpg", ".png", ".jpeg", ".webp"))
"""Datasets such as LRV name an image by its number alone."""
_MOST_MEMORY = 128 << 20
"""Bytes of images kept in memory, decoded and embedded ones: what a batch of records shows."""
_Key = tuple[str | bytes, int, int, int]


@dataclass(frozen=True, slots=True)
class _Fault:
    """The reason why an image cannot be had; an exception raised twice would hold on to every frame."""

    kind: type[ImageFault]
    code: str
    reason: str


class ImageFolder:
    """The images under one or more roots."""

    def __init__(self, roots: tuple[str, ...], recordings: RecordingFolder | None = None) -> None:
        self._files = RootedFiles(roots, _IMAGE)
        self._recordings = recordings or RecordingFolder(roots)
        self._decoded: dict[_Key, Picture | _Fault] = {}
        self._memory = 0
        Image.MAX_IMAGE_PIXELS = PIXEL_CAP // 2  # Pillow refuses twice as many, before it makes room for them
        warnings.filterwarnings("ignore", module=r"PIL\.")  # what matters is refused below, with a code

    def look(self, ref: ImageRef, side: int) -> Picture:
        """Returns the image, its shorter edge no longer than `side`; raises ImageFault where there is none to show."""
        key = _key_of(ref, side)
        outcome = self._decoded.get(key)
        if outcome is None:
            outcome = self._open(ref, side) if ref.frame is None else self._open_frames(ref, side)
            self._remember(key, outcome)
        if isinstance(outcome, _Fault):
            raise outcome.kind(outcome.code, outcome.reason)
        return outcome

    def fingerprint(self, ref: ImageRef) -> str:
        """A text that changes with the bytes of an image, its place among the roots, or its file."""
        if ref.frame is not None:
            return f"{ref.frame.number} of {ref.frame.total}, {self._recordings.fingerprint(_video_of(ref))}"
        return self._files.fingerprint(ref.name) if ref.data is None else hashlib.sha256(ref.data).hexdigest()

    def _remember(self, key: _Key, outcome: Picture | _Fault) -> None:
        """Keeps an image for the next metric that looks at it, and forgets the oldest."""
        self._decoded[key] = outcome
        self._memory += _memory_of(key, outcome)
        while self._memory > _MOST_MEMORY and len(self._decoded) > 1:
            oldest = next(iter(self._decoded))
            self._memory -= _memory_of(oldest, self._decoded.pop(oldest))

    def _open(self, ref: ImageRef, side: int) -> Picture | _Fault:
        try:
            data = ref.data if ref.data is not None else self._read(ref.name)
            if len(data) > BYTE_CAP:
                raise ImageFault("image_too_large", f"the image has {len(data):,} bytes, over {BYTE_CAP:,}")
            return decode_image(data, side)
        except ImageFault as fault:
            return _fault_of(fault)

    def _open_frames(self, ref: ImageRef, side: int) -> Picture | _Fault:
        """Decodes all frames that stand for a video, keeps the others, and returns the one that is asked for."""
        assert ref.frame is not None
        try:
            frames = self._recordings.frames(_video_of(ref), ref.frame.total, side)
        except ImageFault as fault:
            return _fault_of(fault)
        for number, picture in enumerate(frames):
            if number != ref.frame.number:
                self._remember((*_key_of(ref, side)[:2], number, ref.frame.total), picture)
        return frames[ref.frame.number]

    def _read(self, name: str) -> bytes:
        """Reads the bytes of an image; raises ImageFault where it is missing, refused or no regular file."""
        with self._files.open(name) as (file, size):
            if size > BYTE_CAP:
                raise ImageFault("image_too_large", f"{name!r} has {size:,} bytes, over {BYTE_CAP:,}")
            return file.read(BYTE_CAP + 1)


def _key_of(ref: ImageRef, side: int) -> _Key:
    number, total = (ref.frame.number, ref.frame.total) if ref.frame else (0, 0)
    return ref.name if ref.data is None else ref.data, side, number, total


def _video_of(ref: ImageRef) -> Recording:
    """The video of a frame."""
    return Recording(VIDEO, ref.name, ref.data)


def _fault_of(fault: ImageFault) -> _Fault:
    return _Fault(type(fault), fault.code, fault.reason)


def _memory_of(key: _Key, outcome: Picture | _Fault) -> int:
    return len(key[0]) + (outcome.pixels.nbytes if isinstance(outcome, Picture) else 0)
