"""Finds models on this machine and fingerprints them, without loading a library of models and without the network."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from vlitqa.errors import ToolMissing
from vlitqa.storage.places import SHIPPED

_ENDINGS = (".json", ".jinja", ".model", ".safetensors", ".txt")
"""Endings of the files that a model of transformers is read from."""
_VOCABULARIES = (
    *("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt"),
    *("sentencepiece.bpe.model", "spiece.model"),
)
_INDEX = "model.safetensors.index.json"
_OURS = "vlitqa/"


def require(*packages: str) -> None:
    """Raises ToolMissing for the first package that is not installed, without importing any."""
    for package in packages:
        if importlib.util.find_spec(package) is None:
            raise ToolMissing(f"the package {package} is not installed", repair="pip install 'vlitqa[models]'")


@cache
def arithmetic() -> str:
    """Device and number type that this machine computes with, such as `cpu bfloat16`; found without loading torch."""
    is_hidden = os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1")
    if any(Path("/dev").glob("nvidia[0-9]*")) and not is_hidden and "+cpu" not in version("torch"):
        return "cuda float32"
    processor = Path("/proc/cpuinfo")
    features = processor.read_text(encoding="utf-8") if processor.is_file() else ""
    return "cpu bfloat16" if re.search(r"\b(amx_bf16|avx512_bf16)\b", features) else "cpu float32"


def device() -> str:
    """The device that models run on, `cpu` or `cuda`."""
    return arithmetic().partition(" ")[0]


def ready_device() -> str:
    """The same device, checked: on another than its fingerprint says, a tool would fill caches with other numbers."""
    import torch

    if device() == "cuda" and not torch.cuda.is_available():
        raise ToolMissing("torch cannot use the GPU", repair="Set CUDA_VISIBLE_DEVICES= to work without it.")
    return device()


def cached_file(repository: str, name: str) -> Path | None:
    """Finds a file of a repository in the hub's cache on this machine."""
    try:
        from huggingface_hub import try_to_load_from_cache

        path = try_to_load_from_cache(repository, name)
    except (ImportError, ValueError):  # no such package, or no name that the hub would take
        return None
    return Path(path) if isinstance(path, str) else None


def folder_named(source: str) -> Path:
    """The folder that a user names; `vlitqa/nano-judge` and its like name the models that come with vlitqa."""
    return SHIPPED / source.removeprefix(_OURS) if source in shipped_models() else Path(source).expanduser()


def shipped_models() -> frozenset[str]:
    """The names of the models that come with vlitqa."""
    return frozenset(f"{_OURS}{folder.name}" for folder in SHIPPED.iterdir() if folder.is_dir())


def model_folder(source: str) -> Path:
    """Finds the folder of a transformers model; raises ToolMissing where it is not whole or not safe to load."""
    folder = folder_named(source)
    if not folder.is_dir():
        config = cached_file(source, "config.json")
        if config is None:
            lack = f"{source} is neither a folder nor in the cache of the hub"
            raise ToolMissing(lack, repair=f"hf download {shlex.quote(source)}, or name a folder behind the colon.")
        folder = config.parent
    refuse_partial_model(
        folder,
        f"hf download {shlex.quote(source)}" if folder != folder_named(source) else "Name a folder with a whole model.",
    )
    return folder


def refuse_partial_model(folder: Path, repair: str) -> None:
    """Raises ToolMissing where a model of transformers lacks its tokenizer, or weights as safetensors."""
    if not any((folder / name).is_file() for name in _VOCABULARIES):
        raise ToolMissing(f"{folder} has no tokenizer", repair=repair)
    weights = weights_in(folder)
    if not weights:
        raise ToolMissing(f"{folder} has no safetensors", repair=f"{repair}; other formats can hold code.")
    absent = next((path.name for path in weights if not path.is_file()), None)
    if absent:
        raise ToolMissing(f"{folder} has no {absent}", repair=repair)


def weights_in(folder: Path) -> Sequence[Path]:
    """The weight files that a model of transformers says it has."""
    if (folder / _INDEX).is_file():
        names = read_json_object(folder / _INDEX).get("weight_map", {}).values()
        return [folder / name for name in sorted(set(names))]
    whole = folder / "model.safetensors"
    return [whole] if whole.is_file() else []


def read_json_object(path: Path) -> Mapping[str, Any]:
    """Reads the JSON object in a file of a model; raises ToolMissing where it holds none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        value = None
    if not isinstance(value, dict):
        raise ToolMissing(f"{path} cannot be read", repair="Fetch or mend it.")
    return value


def memory_of_weights(folder: Path) -> int:
    """Bytes that the weights fill in single precision."""
    config = read_json_object(folder / "config.json")
    is_half_precision = str(config.get("dtype") or config.get("torch_dtype")) in ("float16", "bfloat16")
    return sum(path.stat().st_size for path in weights_in(folder)) * (2 if is_half_precision else 1)


def memory_of_machine() -> int:
    """Bytes of memory that this machine has."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def digest_of_folder(folder: Path) -> str:
    """A digest that changes with every file that a model is read from."""
    files = sorted(path for path in folder.iterdir() if path.suffix in _ENDINGS and path.is_file())
    lines = "\n".join(f"{path.name} {digest_of_file(path)}" for path in files)
    return hashlib.sha256(lines.encode()).hexdigest()[:16]


def digest_of_file(path: Path) -> str:
    """The SHA-256 of a file; the hub's cache names large files by it, so that gigabytes need not be read."""
    blob = path.resolve()
    if blob.parent.name == "blobs" and len(blob.name) == 64:
        return blob.name
    status = blob.stat()
    return _digest_of_bytes(blob, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=256)
def _digest_of_bytes(path: Path, _size: int, _changed: int) -> str:
    """The digest of a file's bytes, remembered until its size or time of change is another."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
