"""Pictures of exams, which no training data may show: found by their pixels, and as near copies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vlitqa.backends.toolbox import OpenTools, Toolbox
from vlitqa.errors import UsageError
from vlitqa.metrics.image_identity import identity_of
from vlitqa.records import ImageRef

_PICTURES = ("*.jpg", "*.jpeg", "*.png", "*.webp", "*.gif", "*.bmp")
_NEAR_BITS = 4
"""Bits of 64 in which the perceptual hashes of near copies differ at most, as `duplicates` has it."""
_Hashes = np.ndarray[Any, np.dtype[np.uint64]]


@dataclass(frozen=True, slots=True)
class ExcludedPictures:
    """What identifies the pictures of exams."""

    digests: frozenset[str] = frozenset()
    hashes: _Hashes | None = None
    """Perceptual hashes; None where there are no pictures."""

    def holds(self, ref: ImageRef, tools: OpenTools) -> bool:
        """True if an image is one of the pictures, or a near copy of one."""
        if self.hashes is None:
            return False
        digest, *perceptual = identity_of(ref, tools, near=True)
        if digest in self.digests:
            return True
        hashes = np.array([int(text, 16) for text in perceptual], np.uint64)
        return bool((np.bitwise_count(hashes[:, None] ^ self.hashes) <= _NEAR_BITS).any())


def read_excluded_pictures(folders: Iterable[Path]) -> ExcludedPictures:
    """Reads all pictures in folders; raises UsageError for a folder without any."""
    digests, hashes = set[str](), set[int]()
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(f"There is no folder {folder}.", repair="Name folders of exams under [mix]: exclude = […]")
        pictures = [path for pattern in _PICTURES for path in sorted(folder.rglob(pattern))]
        if not pictures:
            raise UsageError(f"{folder} holds no pictures.", repair="Name folders of exams under [mix]: exclude = […]")
        tools = Toolbox((str(folder),)).open()
        for path in pictures:
            digest, *perceptual = identity_of(ImageRef(str(path.relative_to(folder))), tools, near=True)
            digests.add(digest)
            hashes.update(int(text, 16) for text in perceptual)
    return ExcludedPictures(frozenset(digests), np.array(sorted(hashes), np.uint64) if digests else None)
