"""Puts images and texts into one space with OpenCLIP; weights come from the hub's cache, a checkpoint or a folder.

Every forward pass has the same shape, empty slots are filled, and a slot gives the same bits whatever the others hold:
the vector of an image or a text never depends on its neighbours, their number or their order.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from vlitqa.backends.encoders.open_clip_files import DEFAULT_OPEN_CLIP, FOLDER, OpenClipFiles, files_of
from vlitqa.backends.encoders.readable import LONGEST_ENCODED_TEXT, readable
from vlitqa.backends.model_files import device, digest_of_file, ready_device, require
from vlitqa.contracts.tools import Lack, Picture, Vectors
from vlitqa.engines.threads import one_thread
from vlitqa.errors import ToolMissing

if TYPE_CHECKING:
    from torch import Tensor

_Pixels = np.ndarray[Any, np.dtype[np.uint8]]
"""RGB.  # (height, width, 3)"""
_PACKAGES = ("torch", "torchvision", "open_clip", "huggingface_hub")
_SLOTS = {"cpu": (1, 8), "cuda": (64, 256)}
"""Images and texts in one pass. A core does one ViT-B-16 image at a time as fast as eight; eight texts gain a fifth."""
_MOST_REMEMBERED = 4096
"""Images, and texts, whose vectors are kept."""
_ENDLESS_WORD = re.compile(r"\w{500}")
"""A longer word is read in pieces: 20,000 random letters take open_clip's tokenizer 7 s, 50,000 take 26 s."""
_NARROWEST = 8
"""The longest edge in shorter edges before only the middle is scaled: 65500 x 1 pixels would fill 10 GB."""


@dataclass(frozen=True, slots=True)
class OpenClip:
    """An image-text encoder: `ARCH@TAG`, `ARCH@/path/to/weights.safetensors`, or a folder in open_clip's hub format."""

    source: str = DEFAULT_OPEN_CLIP

    @classmethod
    def of(cls, source: str) -> OpenClip:
        """Makes it from the source that a user wrote."""
        return cls(source or DEFAULT_OPEN_CLIP)

    def missing(self) -> Lack | None:
        """Returns what it lacks here."""
        try:
            require(*_PACKAGES)
            files_of(self.source)
        except ToolMissing as error:
            return Lack(error.message, error.repair)
        return None

    def fingerprint(self) -> str:
        """Names the model, and digests its files, the shapes of a pass, the limits on inputs and the libraries."""
        files = files_of(self.source)
        digests = [digest_of_file(path) for path in (files.weights, files.config, *files.tokenizer)]
        libraries = [version(name) for name in ("open_clip_torch", "torch", "torchvision", "pillow")]
        exact = json.dumps((digests, files.tag, _SLOTS, LONGEST_ENCODED_TEXT, _NARROWEST, libraries))
        digest = hashlib.sha256(exact.encode()).hexdigest()[:16]
        # not bfloat16: with ViT-B-16 it moved cosines by 1.2e-3, where 1e-3 is allowed, and its batches were slower
        return f"open-clip {self.source.rpartition('/')[2]} {digest}, float32 on {device()}"

    def open(self) -> OpenMatcher:
        """Loads the model."""
        require(*_PACKAGES)
        return _load(files_of(self.source), ready_device())


class OpenMatcher:
    """A model with its preprocessing and its tokenizer, ready to encode."""

    def __init__(self, model: Any, preprocess: Callable[[Image.Image], Tensor], tokenizer: Any) -> None:
        self._model, self._preprocess, self._tokenizer = model, preprocess, tokenizer
        self._device = next(model.parameters()).device.type
        self._crops_images = model.visual.preprocess_cfg["resize_mode"] == "shortest"
        self._wrapped_tokenizer = getattr(tokenizer, "tokenizer", None)  # of transformers, where open_clip wraps one
        ends = self._wrapped_tokenizer.num_special_tokens_to_add() if self._wrapped_tokenizer else 2
        self.max_tokens: int = tokenizer.context_length - ends
        noise = (np.arange(64 * 64 * 3) * 37 % 251).astype(np.uint8).reshape(64, 64, 3)
        image_slots, text_slots = _SLOTS[self._device]
        self._image_pass = _probe_pass(self._encode_images, [noise] * image_slots)
        self._text_pass = _probe_pass(self._encode_texts, ["noise"] * text_slots)

    def images(self, pictures: Sequence[Picture]) -> Vectors:
        """Returns the vector of every picture, in their order."""
        pixels = [picture.pixels for picture in pictures]
        keys = [(image.shape, hashlib.sha256(image.tobytes()).digest()) for image in pixels]
        return self._image_pass.encode_all(keys, pixels)

    def texts(self, texts: Sequence[str]) -> Vectors:
        """Returns the vector of every text, in their order."""
        return self._text_pass.encode_all(texts, texts)

    def lengths(self, texts: Sequence[str]) -> Sequence[int]:
        """Counts the tokens of every text before any cut, without its start and end token."""
        if self._wrapped_tokenizer is None:
            return [len(self._tokenizer.encode(_tokenizable(text))) for text in texts]
        clean = [self._tokenizer.clean_fn(_tokenizable(text)) for text in texts]
        return [len(self._wrapped_tokenizer(text, add_special_tokens=False).input_ids) for text in clean]

    @one_thread()
    def _encode_images(self, pixels: Sequence[_Pixels]) -> Vectors:
        import torch

        images = [Image.fromarray(_middle(image) if self._crops_images else image) for image in pixels]
        batch = torch.stack([self._preprocess(image) for image in images])  # (slots, 3, size, size)
        vectors = self._model.encode_image(batch.to(self._device), normalize=True)  # (slots, dimensions)
        return np.asarray(vectors.cpu().numpy(), np.float32)

    @one_thread()
    def _encode_texts(self, texts: Sequence[str]) -> Vectors:
        tokens = self._tokenizer([_tokenizable(text) for text in texts])  # (slots, context): all padded alike
        vectors = self._model.encode_text(tokens.to(self._device), normalize=True)  # (slots, dimensions)
        return np.asarray(vectors.cpu().numpy(), np.float32)


@dataclass(frozen=True, slots=True)
class _Pass:
    """A forward pass of fixed shape."""

    encode: Callable[[Sequence[Any]], Vectors]
    slots: int
    dimensions: int
    remembered: dict[Hashable, Vectors] = field(default_factory=dict)
    """The vectors of the items that came last: several metrics look at the images of one record."""

    def encode_all(self, keys: Sequence[Hashable], items: Sequence[Any]) -> Vectors:
        """Returns the vectors of all items; items of equal keys are encoded once, and empty slots repeat the last."""
        distinct = dict(zip(keys, items, strict=True))
        waiting, vectors = [key for key in distinct if key not in self.remembered], self.remembered
        for start in range(0, len(waiting), self.slots):
            batch = waiting[start : start + self.slots]
            filled = [*batch, *batch[-1:] * (self.slots - len(batch))]
            encoded = self.encode([distinct[key] for key in filled])
            vectors.update((key, row.copy()) for key, row in zip(batch, encoded, strict=False))
        in_order = np.array([vectors[key] for key in keys], np.float32).reshape(len(keys), self.dimensions)
        for key in list(vectors)[:-_MOST_REMEMBERED]:
            del vectors[key]
        return in_order


def _probe_pass(encode: Callable[[Sequence[Any]], Vectors], equal_items: Sequence[Any]) -> _Pass:
    """Makes a pass of so many slots, or of one where equal items in many do not get equal bits on this machine."""
    vectors = encode(equal_items)
    slots = len(equal_items) if (vectors == vectors[0]).all() else 1
    return _Pass(encode, slots, vectors.shape[1])


def _middle(pixels: _Pixels) -> _Pixels:
    """The part of a very narrow picture from which a square in its middle is cut."""
    reach = _NARROWEST * min(pixels.shape[:2])
    top, left = (max(0, edge - reach) // 2 for edge in pixels.shape[:2])
    return np.ascontiguousarray(pixels[top : top + reach, left : left + reach])  # (height, width, 3)


def _tokenizable(text: str) -> str:
    """A readable text, its endless words in pieces."""
    return _ENDLESS_WORD.sub(r"\g<0> ", readable(text))


def _load(files: OpenClipFiles, device: str) -> OpenMatcher:
    """Loads the model in float32; nothing of it is fetched."""
    import open_clip

    settings = open_clip.get_pretrained_cfg(files.model, files.tag) if files.tag else {}
    preprocessing = {f"image_{key}": settings.get(key) for key in ("mean", "std", "interpolation", "resize_mode")}
    weights = None if files.model.startswith(FOLDER) else str(files.weights)
    gelu = bool(settings.get("quick_gelu"))  # open_clip itself only warns that an architecture does not fit its tag
    offline = {"local_files_only": True, "trust_remote_code": False} if files.tokenizer else {}
    try:
        model, preprocess = open_clip.create_model_from_pretrained(
            files.model, weights, device=device, force_quick_gelu=gelu, **preprocessing
        )
        tokenizer = open_clip.get_tokenizer(files.model, **offline)
        return OpenMatcher(model.eval().requires_grad_(requires_grad=False), preprocess, tokenizer)
    except Exception as error:  # noqa: BLE001 - safetensors, torch and open_clip each raise their own
        raise ToolMissing(f"{files.weights} cannot be loaded ({error})", repair="Fetch or name it again.") from None
