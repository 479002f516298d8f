"""The visual cache: features of many images, by whose nearest a feature of any modality is brought closer to images.

Equations 3 and 4 of the paper, with weights from a softmax as in the published code. The search is exact.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import xxhash
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file
from torch import Tensor
from torch.nn.functional import normalize

from reference_models.training.disk import weight_disk_errors
from vlitqa.errors import ToolMissing, UsageError
from vlitqa.storage.atomic import replacing

_FEATURES, _DIGEST = "features", "digest of a vlitqa visual cache"
_ROWS_READ = 65_536
"""The features of a part that is read."""


@dataclass(frozen=True, slots=True)
class Enhancement:
    """A feature's way towards its nearest images; by default that of the published code."""

    nearest: int = 10
    """So many features of images, the most similar ones, make a prototype."""
    sharpness: float = 20.0
    """The similarities are multiplied by it before the softmax that weighs them."""
    alpha: float = 0.5
    """The share of the prototype in the new feature."""


def is_visual_cache(path: Path) -> bool:
    """True if a file is a visual cache that vlitqa wrote, as far as its header says."""
    try:
        with safe_open(path, "np") as file:
            return _DIGEST in (file.metadata() or {})
    except (OSError, SafetensorError):
        return False


class VisualCache:
    """Features of images, of length 1, which are keys and values both."""

    def __init__(self, features: Iterable[NDArray[np.float32]], width: int) -> None:
        """Takes features in parts, (images, width) each, as they come from an encoder.

        Raises UsageError for a feature of another width, or without a direction.
        """
        self._index = _import_faiss().IndexFlatIP(width)
        self.width = width
        for part in features:
            if part.ndim != 2 or part.shape[1] != width:
                raise UsageError(
                    f"features of the shape {part.shape} do not fit a cache of the width {width}",
                    repair="Encode images by one encoder alone.",
                )
            lengths = np.linalg.norm(part.astype(np.float64), axis=1, keepdims=True)  # (images, 1)
            has_direction = np.isfinite(lengths[:, 0]) & (lengths[:, 0] > 0)  # (images,)
            if not has_direction.all():
                number = len(self) + int(has_direction.argmin()) + 1
                raise UsageError(f"feature {number} is zero or not finite", repair="Leave its image out.")
            self._index.add(np.ascontiguousarray(part / lengths, np.float32))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def enhance(self, features: Tensor, enhancement: Enhancement | None = None) -> Tensor:
        """Features of length 1 that lie closer to images.

        Raises UsageError for features of another width, and where the cache holds fewer images than are asked for.
        # (features, width)
        """
        enhancement = enhancement or Enhancement()
        self._check(features, enhancement)
        queries = normalize(features.detach().float().cpu(), dim=-1)  # (features, width)
        similarities, places = self._index.search(queries.numpy(), enhancement.nearest)  # (features, nearest) both
        values = torch.from_numpy(self._index.reconstruct_batch(places.reshape(-1)))  # (features * nearest, width)
        weights = (torch.from_numpy(similarities) * enhancement.sharpness).softmax(-1)  # (features, nearest)
        prototypes = (weights[..., None] * values.view(*places.shape, -1)).sum(1)  # (features, width)
        prototypes = normalize(prototypes, dim=-1)  # (features, width)
        mixed = enhancement.alpha * prototypes + (1 - enhancement.alpha) * queries  # (features, width)
        return normalize(mixed, dim=-1).to(features)

    def _check(self, features: Tensor, enhancement: Enhancement) -> None:
        if not len(self):
            raise UsageError("the visual cache is empty", repair="Build it from the images of a dataset.")
        if features.ndim != 2 or features.shape[1] != self.width:
            raise UsageError(
                f"features of the shape {tuple(features.shape)} meet a visual cache of the width {self.width}",
                repair="Build the cache with the encoder that gives the features.",
            )
        if not bool(features.isfinite().all()):
            raise UsageError("a feature is not finite", repair="Leave out what it was encoded from.")
        if not 1 <= enhancement.nearest <= len(self):
            raise UsageError(
                f"the {enhancement.nearest} nearest of {len(self)} images are asked for",
                repair=f"Ask for 1 to {len(self)}, or put more images into the cache.",
            )

    def check_use(self, width: int, path: Path) -> None:
        """Raises UsageError where the cache, read from a file, cannot enhance features of a width."""
        if self.width != width:
            raise UsageError(
                f"{path} is a visual cache of the width {self.width}, and this model has features of {width}.",
                repair="Build it with this model: vlitqa visual-cache.",
            )
        if len(self) < Enhancement().nearest:
            raise UsageError(
                f"{path} holds {len(self)} images, and {Enhancement().nearest} are needed.",
                repair="Build it from more images: vlitqa visual-cache.",
            )

    def save(self, path: Path) -> None:
        """Writes one file, whole or not at all; raises UsageError for an empty cache."""
        if not len(self):
            raise UsageError("the visual cache is empty", repair="Build it from the images of a dataset.")
        held = _import_faiss().rev_swig_ptr(self._index.get_xb(), len(self) * self.width)  # (images * width,), no copy
        features: NDArray[np.float32] = held.reshape(len(self), self.width)  # (images, width)
        metadata = {_DIGEST: xxhash.xxh3_128(features.data).hexdigest()}  # one entry: safetensors shuffles several
        with weight_disk_errors(path), replacing(path) as file:
            save_file({_FEATURES: features}, file.name, metadata)

    @classmethod
    def load(cls, path: Path) -> VisualCache:
        """Reads a cache as it was written; raises UsageError for a file that is damaged, or none of a cache."""
        try:
            with safe_open(path, "np") as file:
                return cls._read(file)
        except ToolMissing:
            raise
        except Exception as error:  # noqa: BLE001 - safetensors raises its own
            message = f"the visual cache {path} cannot be read ({error})"
            raise UsageError(message, repair="Build it again, or name another.") from None

    @classmethod
    def _read(cls, file: Any) -> VisualCache:
        """Reads an open file in parts, so that memory holds no more than the cache."""
        written = (file.metadata() or {}).get(_DIGEST)
        if written is None:
            raise ValueError("it is none that vlitqa wrote")
        stored = file.get_slice(_FEATURES)
        images, width = stored.get_shape()
        cache, digest = cls((), width), xxhash.xxh3_128()
        for first in range(0, images, _ROWS_READ):
            part = np.ascontiguousarray(stored[first : min(first + _ROWS_READ, images)])  # (images of the part, width)
            digest.update(part.data)
            cache._index.add(part)
        if digest.hexdigest() != written:
            raise ValueError("its content is not what was written")
        return cache


def _import_faiss() -> Any:
    try:
        import faiss
    except ImportError:
        raise ToolMissing("a visual cache needs faiss", repair="pip install 'vlitqa[models]'") from None
    return faiss
