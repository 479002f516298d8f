"""Finds the files of an open_clip model, without loading open_clip and without the network."""

from __future__ import annotations

import ast
import importlib.util
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from vlitqa.backends.model_files import cached_file, folder_named, read_json_object, repair_for
from vlitqa.catalogue import suggestion
from vlitqa.errors import ToolMissing

DEFAULT_OPEN_CLIP = "ViT-B-16@openai"
WEIGHTS = ("open_clip_model.safetensors", "open_clip_pytorch_model.safetensors")
"""Weights that open_clip prefers in a folder: where one of them lies, it never opens a pickle."""
FOLDER = "local-dir:"
_CONFIG = "open_clip_config.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenClipFiles:
    """The files that a model is read from."""

    model: str
    """The name that open_clip takes: an architecture, or `local-dir:` and a folder."""
    weights: Path
    config: Path
    tag: str = ""
    tokenizer: tuple[Path, ...] = ()


def files_of(source: str) -> OpenClipFiles:
    """Finds the files that a source names; raises ToolMissing where one is absent."""
    arch, at_sign, weights = source.partition("@")
    folder = folder_named(source)
    if not at_sign or (folder and folder.is_dir()):
        return _files_in(folder, source)
    config = _package() / "model_configs" / f"{arch}.json"
    if not config.is_file():
        architectures = {path.stem: "" for path in config.parent.glob("*.json")}
        raise ToolMissing(f"open_clip has no architecture {arch!r}", repair=suggestion(arch, architectures))
    if "/" not in weights and not weights.endswith(".safetensors"):
        tagged_file = _weights_of_tag(arch, weights)
        return _with_tokenizer(OpenClipFiles(model=arch, weights=tagged_file, config=config, tag=weights))
    if not weights.endswith(".safetensors") or not Path(weights).is_file():
        raise ToolMissing(f"{weights} is no safetensors file", repair="Name one: other formats can hold code.")
    return _with_tokenizer(OpenClipFiles(model=arch, weights=Path(weights), config=config))


def _files_in(folder: Path | None, source: str) -> OpenClipFiles:
    """Finds the files of a model in open_clip's hub format."""
    weights = next((folder / name for name in WEIGHTS if (folder / name).is_file()), None) if folder else None
    if folder is None or weights is None or not (folder / _CONFIG).is_file():
        repair = f"Name the path of a folder with {_CONFIG} and {WEIGHTS[0]}, or ARCH@TAG such as {DEFAULT_OPEN_CLIP}."
        raise ToolMissing(f"{source} is no folder in open_clip's hub format", repair=repair_for(source, repair))
    return _with_tokenizer(OpenClipFiles(model=f"{FOLDER}{folder}", weights=weights, config=folder / _CONFIG))


def _weights_of_tag(arch: str, tag: str) -> Path:
    """Finds the weights of a tag in the hub's cache."""
    tags = _tags().get(arch, {})
    if tag not in tags:
        raise ToolMissing(f"open_clip has no weights {tag!r} for {arch}", repair=suggestion(tag, tags))
    repository, _, name = tags[tag].rpartition("/")
    name = f"{Path(name).stem}.safetensors" if name else WEIGHTS[0]
    weights = cached_file(repository, name)
    if not weights:
        lack = f"the weights of {arch}@{tag} are not on this machine"
        raise ToolMissing(lack, repair=f"hf download {shlex.join((repository, name))}")
    return weights


def _with_tokenizer(files: OpenClipFiles) -> OpenClipFiles:
    """Adds the files of the tokenizer; refuses a model for which open_clip would ask the network."""
    config = read_json_object(files.config)
    config = config.get("model_cfg", config)
    text, vision = (config.get(part, {}) if isinstance(config, dict) else None for part in ("text_cfg", "vision_cfg"))
    if not isinstance(text, dict) or not isinstance(vision, dict):
        raise ToolMissing(f"{files.config} describes no model", repair="Fetch or mend it.")
    if "hf_model_name" in text or ":" in str(vision.get("timm_model_name")):
        raise ToolMissing(f"{files.model} takes a part of itself from the hub", repair=f"{DEFAULT_OPEN_CLIP} does not.")
    name = text.get("hf_tokenizer_name")
    if not name:
        return files
    local = files.config.with_name("tokenizer.json")
    tokenizer = local if files.model.startswith(FOLDER) else cached_file(name, local.name)
    if not tokenizer or not tokenizer.is_file():
        raise ToolMissing(
            f"the tokenizer of {files.model} is not on this machine", repair=f"hf download {shlex.quote(name)}"
        )
    return replace(files, tokenizer=(tokenizer,))


def _package() -> Path:
    """The folder of open_clip, found without importing it."""
    spec = importlib.util.find_spec("open_clip")
    return Path(spec.origin).parent if spec and spec.origin else Path()


@lru_cache(maxsize=1)
def _tags() -> Mapping[str, Mapping[str, str]]:
    """By architecture and tag, the hub's place of the weights; read from open_clip's source, because it loads torch."""
    tree = ast.parse((_package() / "pretrained.py").read_text(encoding="utf-8"))
    assignments = [statement for statement in tree.body if isinstance(statement, ast.Assign)]
    tables: dict[str, Any] = {ast.unparse(statement.targets[0]): statement.value for statement in assignments}
    places: dict[str, dict[str, str]] = {}
    for arch, table in zip(tables["_PRETRAINED"].keys, tables["_PRETRAINED"].values, strict=True):
        for entry in tables.get(ast.unparse(table), table).keywords:
            constants = [field for field in entry.value.keywords if isinstance(field.value, ast.Constant)]
            values = {field.arg: field.value.value for field in constants}
            for name in (arch.value, f"{arch.value}-quickgelu")[: 1 + bool(values.get("quick_gelu"))]:
                places.setdefault(name, {})[entry.arg] = str(values.get("hf_hub", ""))
    return places
