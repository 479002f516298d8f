"""Encodes sentences with any model of sentence-transformers, in any language that the model knows.

The library itself encodes. It pads the texts of a batch to the longest, so that rounding would depend on the neighbours
of a text; here all texts of a pass have the same number of tokens, every pass of a length has the same number of rows,
and rows that would stay empty repeat a text.
"""

from __future__ import annotations

import importlib
import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from vlitqa.backends.encoders.readable import readable
from vlitqa.backends.encoders.sentence_transformers_files import SentenceModelFiles, sentence_model_files
from vlitqa.backends.encoders.vector_memory import VectorMemory
from vlitqa.backends.model_files import device, ready_device, require
from vlitqa.contracts.tools import Lack, Vectors
from vlitqa.engines.threads import one_thread
from vlitqa.errors import ToolMissing

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEFAULT_SENTENCE_TRANSFORMER = "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2"
"""A small model that knows fifty languages."""
_PACKAGES = ("torch", "transformers", "sentence_transformers", "huggingface_hub")
_TOKENS_PER_PASS = {"cpu": 128, "cuda": 2048}
"""Larger passes are seldom full: with 512 texts on a processor, passes of 256 tokens take 5% longer, of 512 24%."""


@dataclass(frozen=True, slots=True)
class SentenceTransformers:
    """A model of sentence-transformers, from a folder or from the cache of the Hugging Face hub."""

    source: str = DEFAULT_SENTENCE_TRANSFORMER

    @classmethod
    def of(cls, source: str) -> SentenceTransformers:
        """Makes it from a folder or a hub name."""
        return cls(source or DEFAULT_SENTENCE_TRANSFORMER)

    def missing(self) -> Lack | None:
        """Returns what it lacks here."""
        try:
            require(*_PACKAGES)
            sentence_model_files(self.source)
        except ToolMissing as error:
            return Lack(error.message, error.repair)
        return None

    def fingerprint(self) -> str:
        """Names the model's files, the arithmetic and the libraries."""
        names = ("sentence-transformers", "torch", "transformers", "tokenizers")
        libraries = " ".join(f"{name}={version(name)}" for name in names)
        return f"st {sentence_model_files(self.source).digest()} {device()}-float32 {libraries}"

    def open(self) -> OpenSentenceTransformer:
        """Loads the model."""
        require(*_PACKAGES)
        return OpenSentenceTransformer(_load(self.source, sentence_model_files(self.source)))


class OpenSentenceTransformer:
    """A model of sentence-transformers that is ready to encode."""

    def __init__(self, model: SentenceTransformer) -> None:
        self._model = model
        self._prompt = model.prompts.get(model.default_prompt_name or "")
        """The words that the model's makers put before every text, if any."""
        self._rows_by_length: dict[int, int] = {}
        self._memory = VectorMemory()
        self._dimensions = len(self._forward([""])[0])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Returns the vector of every text, in their order."""
        cleaned = [readable(text) for text in texts]
        vectors = self._memory.look_up(cleaned, self._encode_fresh)
        rows = np.array([vectors[text] for text in cleaned], dtype=np.float32)
        return rows.reshape(len(cleaned), self._dimensions)  # (texts, dimensions)

    def _encode_fresh(self, texts: Sequence[str]) -> Iterator[tuple[str, Vectors]]:
        by_length: dict[int, list[str]] = defaultdict(list)
        for text in texts:
            by_length[self._count_tokens(text)].append(text)
        for length, group in by_length.items():
            rows = self._rows_per_pass(length)
            for start in range(0, len(group), rows):
                batch = group[start : start + rows]
                filled = batch + batch[:1] * (rows - len(batch))
                yield from zip(batch, self._forward(filled), strict=False)

    def _rows_per_pass(self, length: int) -> int:
        """The texts that share a pass: one where equal rows do not get equal bits, or where that cannot be tried."""
        if length not in self._rows_by_length:
            rows = 1 << (max(1, _TOKENS_PER_PASS[device()] // length).bit_length() - 1)
            probe = "a " * (length - self._count_tokens(""))  # in most vocabularies one token a word
            can_share = (
                self._count_tokens(probe) == length and len(np.unique(self._forward([probe] * rows), axis=0)) == 1
            )
            self._rows_by_length[length] = rows if can_share else 1
        return self._rows_by_length[length]

    def _count_tokens(self, text: str) -> int:
        """Counts the tokens that the model reads of a text, after its cut."""
        tokens = self._model.preprocess([text], prompt=self._prompt)["input_ids"]  # (1, tokens), or (tokens,)
        return max(1, tokens.shape[-1])

    @one_thread()
    def _forward(self, texts: Sequence[str]) -> Vectors:
        """Encodes texts of one length in one pass."""
        vectors = self._model.encode(
            list(texts),
            prompt=self._prompt,
            batch_size=len(texts),
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        return np.asarray(vectors, np.float32)  # (texts, dimensions)


def _load(source: str, files: SentenceModelFiles) -> SentenceTransformer:
    """Loads a model in single precision; nothing is fetched, and no code that comes with it is run."""
    import torch
    import transformers

    library: Any = transformers  # parts of it have no types
    library.logging.set_verbosity_error()
    library.logging.disable_progress_bar()  # it would be drawn over our own
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
    weights = {"dtype": torch.float32, "use_safetensors": True}
    safe: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    place = ready_device()
    try:
        model_class = importlib.import_module("sentence_transformers").SentenceTransformer
        model: SentenceTransformer = model_class(str(files.folder), device=place, model_kwargs=weights, **safe)
        absent = _absent_weights(model, files)
    except Exception as error:  # noqa: BLE001 - safetensors, torch and two libraries of models each raise their own
        raise ToolMissing(f"{source} cannot be loaded ({error})", repair="Fetch it again, or name another.") from None
    if absent:
        raise ToolMissing(f"{files.folder}: the weights lack {absent[0]}", repair="Fetch it again, or name another.")
    return model.eval()


def _absent_weights(model: SentenceTransformer, files: SentenceModelFiles) -> list[str]:
    """Weights of the transformer that its file lacks: the library lets them be drawn at random and does not say so."""
    inner, folder = model.transformers_model, files.transformer()
    if inner is None or folder is None:
        return []
    safe: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False, "use_safetensors": True}
    inner_class: Any = type(inner)
    _, info = inner_class.from_pretrained(folder, config=inner.config, output_loading_info=True, **safe)
    return sorted(key for key in info["missing_keys"] if "pooler" not in key)
