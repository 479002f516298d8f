"""Finds models on this machine and fingerprints them, without loading a library of models and without the network."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
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
_INDEX, _CONFIG, _ADAPTER = "model.safetensors.index.json", "config.json", "adapter_config.json"
_SETTINGS = "sentence_*_config.json"
"""Files in which sentence-transformers keeps what it tells transformers."""
_KERNELS = ("attn_implementation", "_attn_implementation", "experts_implementation", "_experts_implementation")
"""Settings of transformers that may name code of the hub, as `organisation/kernel`."""
_OURS = "vlitqa/"
_PATHS = ("/", "./", "../", "~/")
"""The beginnings of a path."""


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


def folder_named(source: str) -> Path | None:
    """The folder whose path a user writes, or that of a model that comes with vlitqa, such as `vlitqa/nano-judge`.

    None for anything else: it is a name of the hub, and a folder of that name in the working directory is not meant.
    """
    if source in shipped_models():
        return SHIPPED / source.removeprefix(_OURS)
    return Path(source).expanduser() if source.startswith(_PATHS) else None


def repair_for(name: str, repair: str) -> str:
    """The repair where a name led nowhere; says how a folder of that name in the working directory is written."""
    return f"{repair.rstrip('.')}, or write ./{name} for the folder of that name." if exists(Path(name)) else repair


def exists(path: Path) -> bool:
    """True if a path leads somewhere; false also for a name that no file can have."""
    try:
        return path.exists()
    except OSError:
        return False


def shipped_models() -> frozenset[str]:
    """The names of the models that come with vlitqa."""
    return frozenset(f"{_OURS}{folder.name}" for folder in SHIPPED.iterdir() if folder.is_dir())


def model_folder(source: str) -> Path:
    """Finds the folder of a transformers model; raises ToolMissing where it is not whole or not safe to load."""
    folder, repair = folder_named(source), "Name a folder with a whole model."
    if folder is None or not folder.is_dir():
        config = None if folder else cached_file(source, _CONFIG)
        if config is None:
            lack = f"{source} is neither the path of a folder nor in the cache of the hub"
            fetch = f"hf download {shlex.quote(source)}, or name the path of a folder."
            raise ToolMissing(lack, repair=repair if folder else repair_for(source, fetch))
        folder, repair = config.parent, f"hf download {shlex.quote(source)}"
    refuse_partial_model(folder, repair)
    return folder


def refuse_partial_model(folder: Path, repair: str) -> None:
    """Raises ToolMissing where a model of transformers lacks its tokenizer, or weights as safetensors, or has code."""
    refuse_foreign_parts(folder)
    if not any((folder / name).is_file() for name in _VOCABULARIES):
        raise ToolMissing(f"{folder} has no tokenizer", repair=repair)
    weights = weights_in(folder)
    if not weights:
        raise ToolMissing(f"{folder} has no safetensors", repair=f"{repair}; other formats can hold code.")
    absent = next((path.name for path in weights if not path.is_file()), None)
    if absent:
        raise ToolMissing(f"{folder} has no {absent}", repair=repair)


def refuse_foreign_parts(folder: Path) -> None:
    """Raises ToolMissing for a model that takes its weights from another one, or code from the hub."""
    if (folder / _ADAPTER).is_file():
        merge = "Merge it into its model and save that."
        raise ToolMissing(f"{folder} is an adapter of a model that lies elsewhere", repair=merge)
    for path in (folder / _CONFIG, *sorted(folder.glob(_SETTINGS))):
        kernel = next(_kernels_in(read_json_object(path)), "") if path.is_file() else ""
        if kernel:
            raise ToolMissing(f"{path} asks for the kernel {kernel}, which is code", repair="Take it out of this file.")


def _kernels_in(value: object, *, is_setting: bool = False) -> Iterator[str]:
    if isinstance(value, str) and is_setting and "/" in value:
        yield value
    if isinstance(value, dict):
        for name, child in value.items():
            yield from _kernels_in(child, is_setting=is_setting or name in _KERNELS)


def weights_in(folder: Path) -> Sequence[Path]:
    """The weight files that a model of transformers says it has; raises ToolMissing where one is none of its own."""
    if (folder / _INDEX).is_file():
        weight_map = read_json_object(folder / _INDEX).get("weight_map")
        names = set(map(str, weight_map.values())) if isinstance(weight_map, dict) else {""}
        foreign = [name for name in sorted(names) if not re.fullmatch(r"[\w.-]+\.safetensors", name)]
        if foreign:
            raise ToolMissing(
                f"{folder / _INDEX} lists {foreign[0]!r}",
                repair="Only safetensors beside it are read: other formats can hold code.",
            )
        return [folder / name for name in sorted(names)]
    whole = folder / "model.safetensors"
    return [whole] if whole.is_file() else []


def read_json_object(path: Path) -> Mapping[str, Any]:
    """Reads the JSON object in a file of a model; raises ToolMissing where it holds none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
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


def memory_of_gpu() -> int:
    """Bytes of memory that the GPU has; 0 where there is none that torch can use."""
    if device() != "cuda":
        return 0
    import torch

    return torch.cuda.get_device_properties(0).total_memory if torch.cuda.is_available() else 0


def count_gpus() -> int:
    """The number of GPUs that this process may use."""
    if device() != "cuda":
        return 0
    import torch

    return torch.cuda.device_count()


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
