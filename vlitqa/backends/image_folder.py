"""Opens images inside the image roots and nowhere else, and decodes each once at the scale that is asked for."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
import warnings
from dataclasses import dataclass

from PIL import Image

from vlitqa.backends.image_costs import PIXEL_CAP
from vlitqa.backends.image_decoding import decode_image
from vlitqa.contracts.tools import Picture
from vlitqa.errors import ImageFault
from vlitqa.records import ImageRef

BYTE_CAP = 64 << 20
_ENDINGS = ("", ".jpg", ".png", ".jpeg", ".webp")
"""Datasets such as LRV name an image by its number alone."""
_MOST_MEMORY = 128 << 20
"""Bytes of images kept in memory, decoded and embedded ones: what a batch of records shows."""
_REMOTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|//")
_Key = tuple[str | bytes, int]


@dataclass(frozen=True, slots=True)
class _Fault:
    """The reason why an image cannot be had; an exception raised twice would hold on to every frame."""

    code: str
    reason: str


class ImageFolder:
    """The images under one or more roots."""

    def __init__(self, roots: tuple[str, ...]) -> None:
        self._roots = tuple((root, os.path.realpath(root)) for root in roots)
        self._decoded: dict[_Key, Picture | _Fault] = {}
        self._memory = 0
        Image.MAX_IMAGE_PIXELS = PIXEL_CAP // 2  # Pillow refuses twice as many, before it makes room for them
        warnings.filterwarnings("ignore", module=r"PIL\.")  # what matters is refused below, with a code

    def look(self, ref: ImageRef, side: int) -> Picture:
        """Returns the image, its shorter edge no longer than `side`; raises ImageFault where there is none to show."""
        key = (ref.name if ref.data is None else ref.data, side)
        outcome = self._decoded.get(key)
        if outcome is None:
            outcome = self._open(ref, side)
            self._remember(key, outcome)
        if isinstance(outcome, _Fault):
            raise ImageFault(outcome.code, outcome.reason)
        return outcome

    def fingerprint(self, ref: ImageRef) -> str:
        """A text that changes with the bytes of an image, its place among the roots, or its file."""
        if ref.data is not None:
            return hashlib.sha256(ref.data).hexdigest()
        for path in self._paths(ref.name) if not self._refusal(ref.name) else ():
            try:
                status = os.stat(path)
            except (OSError, ValueError):
                continue
            inside = self._is_inside(os.path.realpath(path))
            return f"{status.st_size}-{status.st_mtime_ns}-{status.st_ctime_ns}-{status.st_ino}-{inside}"
        return "missing"

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
            return _Fault(fault.code, fault.reason)

    def _paths(self, name: str) -> list[str]:
        """The files that an image of this name could be."""
        candidates = [name] if name[0] == "/" else [f"{root}/{name}" for root, _ in self._roots]
        if "." not in name[-6:]:
            candidates = [path + ending for path in candidates for ending in _ENDINGS]
        return [path for path in candidates if os.access(path, os.F_OK)]

    def _read(self, name: str) -> bytes:
        """Reads the bytes of an image; raises ImageFault where it is missing, refused or no regular file."""
        refusal = self._refusal(name)
        if refusal:
            raise refusal
        paths = self._paths(name)
        if not paths:
            raise ImageFault("image_missing", f"there is no image {name!r} under the image root")
        try:
            handle = os.open(paths[0], os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        except OSError as error:
            raise _open_fault(error, name) from None
        try:
            self._refuse_outside(_true_path(handle, paths[0]), name)
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise ImageFault("image_not_regular", f"{name!r} is no regular file")
            if status.st_size > BYTE_CAP:
                raise ImageFault("image_too_large", f"{name!r} has {status.st_size:,} bytes, over {BYTE_CAP:,}")
            with os.fdopen(handle, "rb", closefd=False) as file:
                return file.read(BYTE_CAP + 1)
        except OSError as error:
            raise _open_fault(error, name) from None
        finally:
            os.close(handle)

    def _refusal(self, name: str) -> ImageFault | None:
        """The reason to refuse a name before any file is touched."""
        refusal = _refusal_anywhere(name)
        if refusal or name[0] != "/" or self._is_inside(os.path.realpath(name)):
            return refusal
        return _outside(name)

    def _refuse_outside(self, path: str, name: str) -> None:
        if not self._is_inside(path):
            raise _outside(name)

    def _is_inside(self, path: str) -> bool:
        return any(path == root or path.startswith(root.rstrip("/") + "/") for _, root in self._roots)


def _outside(name: str) -> ImageFault:
    return ImageFault("image_outside_root", f"{name!r} leads out of the image root")


def _refusal_anywhere(name: str) -> ImageFault | None:
    """The reason to refuse a name whatever the roots are."""
    if not name:
        return ImageFault("image_missing", "the row names no image")
    if _REMOTE.match(name):
        return ImageFault("image_remote", "remote images are refused: download them first")
    if "\0" in name:
        return ImageFault("image_outside_root", "the name holds a NUL")
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        return ImageFault("image_missing", f"no file can have the name {name!r}")
    if ".." in name and os.path.normpath(name).split("/")[0] == "..":
        return _outside(name)
    return None


def _open_fault(error: OSError, name: str) -> ImageFault:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return ImageFault("image_missing", f"{name!r} is a link to nothing")
    if error.errno == errno.ENXIO:
        return ImageFault("image_not_regular", f"{name!r} is no regular file")
    return ImageFault("image_unreadable", f"{name!r} cannot be opened ({os.strerror(error.errno or 0)})")


def _true_path(handle: int, path: str) -> str:
    """The path of an open file, whatever links led to it."""
    try:
        return os.readlink(f"/proc/self/fd/{handle}")
    except OSError:
        return os.path.realpath(path)


def _memory_of(key: _Key, outcome: Picture | _Fault) -> int:
    return len(key[0]) + (outcome.pixels.nbytes if isinstance(outcome, Picture) else 0)
