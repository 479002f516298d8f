"""Images of several datasets brought into one folder, each under the name of its dataset."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from msgspec.structs import replace

from vlitqa.backends.rooted_files import FileKind, RootedFiles
from vlitqa.errors import ImageFault
from vlitqa.records import ImageRef, Record
from vlitqa.storage.atomic import disk_errors

_IMAGE = FileKind("image", "image", endings=("", ".jpg", ".png", ".jpeg", ".webp"))
_MAGIC = {b"\x89PNG": ".png", b"\xff\xd8": ".jpg", b"GIF8": ".gif", b"RIFF": ".webp", b"BM": ".bmp"}


@dataclass(frozen=True, slots=True)
class ImageCopies:
    """The folder of the images of a build."""

    folder: Path

    def bring(self, record: Record, source: str, roots: tuple[str, ...]) -> Record:
        """The record with the names that its images have here; one that cannot be opened keeps its name."""
        return replace(record, images=tuple(self._bring(ref, source, roots) for ref in record.images))

    def keep(self, name: str, content: bytes) -> None:
        """Writes an image under its name, below the folder whatever the name is."""
        with disk_errors(self.folder):
            self._place(_safe_name(name)).write_bytes(content)

    def _bring(self, ref: ImageRef, source: str, roots: tuple[str, ...]) -> ImageRef:
        with disk_errors(self.folder):
            if ref.data is not None:
                name = f"{source}/{hashlib.sha256(ref.data).hexdigest()[:24]}{_ending_of(ref.data)}"
                if not (self.folder / name).exists():
                    self._place(name).write_bytes(ref.data)
                return replace(ref, name=name, data=None)
            try:
                with RootedFiles(roots, _IMAGE).open(ref.name) as (file, _):
                    name = f"{source}/{_safe_name(ref.name)}"
                    if not (self.folder / name).exists():
                        self._link_or_copy(file.fileno(), self._place(name))
            except ImageFault:
                return ref
        return replace(ref, name=name)

    def _place(self, name: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _link_or_copy(self, handle: int, target: Path) -> None:
        """A second name of the same file where the disk allows one; a copy elsewhere."""
        with suppress(OSError):
            os.link(f"/proc/self/fd/{handle}", target, follow_symlinks=True)
            return
        with open(handle, "rb", closefd=False) as file:
            target.write_bytes(file.read())


def _safe_name(name: str) -> str:
    """A name that stays below its folder, whatever a row calls it."""
    parts = [part for part in PurePosixPath(name).parts if part not in ("..", "/", ".")]
    return "/".join(parts) or "image"


def _ending_of(data: bytes) -> str:
    return next((ending for magic, ending in _MAGIC.items() if data.startswith(magic)), "")
