"""OpenCLIP puts images and texts into one space; its weights come from the hub's cache, a checkpoint or a folder.

Every forward pass has the same shape, empty slots are filled, and a slot gives the same bits whatever lies beside it:
the vector of an image or a text never depends on its neighbours, their number or their order.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
from PIL import Image

from vlitqa.backends.encoders.open_clip_files import DEFAULT, FOLDER, OpenClipFiles, files_of
from vlitqa.backends.model_files import device, digest_of_file, ready_device, require
from vlitqa.contracts.tools import Picture, Vectors
from vlitqa.engines.threads import one_thread
from vlitqa.errors import ToolMissing

_PACKAGES = ("torch", "torchvision", "open_clip", "huggingface_hub")
_ROWS = {"cpu": (1, 8), "cuda": (64, 256)}
"""Images and texts in one pass. A core does one ViT-B-16 image at a time as fast as eight; eight texts gain a fifth."""
_LONGEST = 200_000
"""Characters of a text that are read."""
_ENDLESS = re.compile(r"\w{500}")
"""A longer word is read in pieces: 20,000 random letters take open_clip's tokenizer 7 s, 50,000 take 26 s."""
_NARROW = 8
"""How many times one edge may be as long as the other before only the middle is scaled: 65500 x 1 would fill 10 GB."""


@dataclass(frozen=True, slots=True)
class OpenClip:
    """An image-text encoder: `ARCH@TAG`, `ARCH@/path/to/weights.safetensors`, or a folder in open_clip's hub format."""

    source: str = DEFAULT

    @classmethod
    def of(cls, source: str) -> OpenClip:
        return cls(source or DEFAULT)

    def missing(self) -> tuple[str, str] | None:
        try:
            require(*_PACKAGES)
            files_of(self.source)
        except ToolMissing as lack:
            return lack.message, lack.repair
        return None

    def fingerprint(self) -> str:
        files = files_of(self.source)
        digests = [digest_of_file(path) for path in (files.weights, files.config, *files.tokenizer)]
        libraries = [version(name) for name in ("open_clip_torch", "torch", "torchvision", "pillow")]
        exact = json.dumps((digests, files.tag, _ROWS, _LONGEST, _NARROW, libraries))
        digest = hashlib.sha256(exact.encode()).hexdigest()[:16]
        # not bfloat16: with ViT-B-16 it moved cosines by 1.2e-3, where 1e-3 is allowed, and its batches were slower
        return f"open-clip {self.source.rpartition('/')[2]} {digest}, float32 on {device()}"

    def open(self) -> OpenMatcher:
        require(*_PACKAGES)
        return _loaded(files_of(self.source), ready_device())


class OpenMatcher:
    """A model, its preprocessing and its tokenizer."""

    def __init__(self, model: Any, preprocess: Callable[[Image.Image], Any], tokenizer: Any) -> None:
        self._model, self._preprocess, self._tokenizer = model, preprocess, tokenizer
        self._device = next(model.parameters()).device.type
        self._crops = model.visual.preprocess_cfg["resize_mode"] == "shortest"
        self._inner = getattr(tokenizer, "tokenizer", None)  # of transformers, where open_clip only wraps one
        ends = self._inner.num_special_tokens_to_add() if self._inner else 2
        self.room: int = tokenizer.context_length - ends
        noise = (np.arange(64 * 64 * 3) * 37 % 251).astype(np.uint8).reshape(64, 64, 3)
        images, texts = _ROWS[self._device]
        self._image_pass = _steady(self._seen, [noise] * images)
        self._text_pass = _steady(self._read, ["noise"] * texts)

    def images(self, pictures: Sequence[Picture]) -> Vectors:
        keys = [(each.pixels.shape, hashlib.sha256(each.pixels.tobytes()).digest()) for each in pictures]
        return _gathered(keys, [each.pixels for each in pictures], self._image_pass)

    def texts(self, texts: Sequence[str]) -> Vectors:
        return _gathered(texts, texts, self._text_pass)

    def lengths(self, texts: Sequence[str]) -> Sequence[int]:
        if self._inner is None:
            return [len(self._tokenizer.encode(_readable(text))) for text in texts]
        clean = [self._tokenizer.clean_fn(_readable(text)) for text in texts]
        return [len(self._inner(text, add_special_tokens=False).input_ids) for text in clean]

    @one_thread()
    def _seen(self, pixels: Sequence[Any]) -> Vectors:
        import torch

        shown = [Image.fromarray(_middle(each) if self._crops else each) for each in pixels]
        block = torch.stack([self._preprocess(each) for each in shown])  # (slots, 3, size, size)
        vectors = self._model.encode_image(block.to(self._device), normalize=True)  # (slots, dimensions)
        return np.asarray(vectors.cpu().numpy(), np.float32)

    @one_thread()
    def _read(self, texts: Sequence[str]) -> Vectors:
        block = self._tokenizer([_readable(text) for text in texts])  # (slots, context): all padded alike
        vectors = self._model.encode_text(block.to(self._device), normalize=True)  # (slots, dimensions)
        return np.asarray(vectors.cpu().numpy(), np.float32)


_Pass = tuple[Callable[[Sequence[Any]], Vectors], int, int]
"""Encodes items, so many at once, into vectors of so many dimensions."""


def _steady(encode: Callable[[Sequence[Any]], Vectors], slots: Sequence[Any]) -> _Pass:
    """A pass with many slots, or with one where equal items in many do not get equal bits on this machine."""
    vectors = encode(slots)
    return encode, len(slots) if (vectors == vectors[0]).all() else 1, vectors.shape[1]


def _gathered(keys: Sequence[Hashable], items: Sequence[Any], one: _Pass) -> Vectors:
    """The vectors of all items; equal ones are encoded once, and slots that stay empty repeat the last."""
    (encode, slots, dimensions), different = one, dict(zip(keys, items, strict=True))
    waiting, vectors = list(different), dict[Hashable, Vectors]()
    for start in range(0, len(waiting), slots):
        some = waiting[start : start + slots]
        filled = [*some, *some[-1:] * (slots - len(some))]
        vectors.update(zip(some, encode([different[key] for key in filled]), strict=False))
    return np.array([vectors[key] for key in keys], np.float32).reshape(len(keys), dimensions)


def _middle(pixels: Any) -> Any:
    """The part of a very narrow picture from which a square in its middle is cut."""
    reach = _NARROW * min(pixels.shape[:2])
    top, left = (max(0, edge - reach) // 2 for edge in pixels.shape[:2])
    return np.ascontiguousarray(pixels[top : top + reach, left : left + reach])


def _readable(text: str) -> str:
    """What of a text a tokenizer can take."""
    return _ENDLESS.sub(r"\g<0> ", text[:_LONGEST].encode(errors="replace").decode())


def _loaded(files: OpenClipFiles, place: str) -> OpenMatcher:
    """The model in float32; nothing of it is fetched."""
    import open_clip

    told = open_clip.get_pretrained_cfg(files.model, files.tag) if files.tag else {}
    shown = {f"image_{key}": told.get(key) for key in ("mean", "std", "interpolation", "resize_mode")}
    weights = None if files.model.startswith(FOLDER) else str(files.weights)
    gelu = bool(told.get("quick_gelu"))  # open_clip itself only warns that an architecture does not fit its tag
    offline = {"local_files_only": True, "trust_remote_code": False} if files.tokenizer else {}
    try:
        model, preprocess = open_clip.create_model_from_pretrained(
            files.model, weights, device=place, force_quick_gelu=gelu, **shown
        )
        tokenizer = open_clip.get_tokenizer(files.model, **offline)
        return OpenMatcher(model.eval().requires_grad_(False), preprocess, tokenizer)
    except Exception as error:  # safetensors, torch and open_clip each raise their own, down to AssertionError
        raise ToolMissing(f"{files.weights} cannot be loaded ({error})", repair="Fetch or name it again.") from None
