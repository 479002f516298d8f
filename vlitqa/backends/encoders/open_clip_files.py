"""Finds what a model of open_clip is read from, without loading open_clip and without the network."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from vlitqa.backends.model_files import cached_file, folder_named, read_json_object
from vlitqa.catalogue import suggestion
from vlitqa.errors import ToolMissing

DEFAULT = "ViT-B-16@openai"
WEIGHTS = ("open_clip_model.safetensors", "open_clip_pytorch_model.safetensors")
"""What open_clip takes first in a folder: where one of them lies, it never opens a pickle."""
FOLDER = "local-dir:"


@dataclass(frozen=True, slots=True)
class OpenClipFiles:
    """What a model is read from."""

    model: str
    """As open_clip calls it: an architecture, or `local-dir:` and a folder."""
    weights: Path
    config: Path
    tag: str = ""
    tokenizer: tuple[Path, ...] = ()


def files_of(source: str) -> OpenClipFiles:
    """The files that a source names; raises ToolMissing with what would mend it."""
    arch, at, weights = source.partition("@")
    if not at or Path(source).is_dir():
        folder = folder_named(source)
        config = folder / "open_clip_config.json"
        found = next((folder / name for name in WEIGHTS if (folder / name).is_file()), None)
        if not config.is_file() or not found:
            repair = f"Name a folder with {config.name} and {WEIGHTS[0]}, or ARCH@TAG such as {DEFAULT}."
            raise ToolMissing(f"{source} is no folder in open_clip's hub format", repair=repair)
        return _checked(OpenClipFiles(f"{FOLDER}{folder}", found, config))
    config = _package() / "model_configs" / f"{arch}.json"
    if not config.is_file():
        known = {path.stem: "" for path in config.parent.glob("*.json")}
        raise ToolMissing(f"open_clip has no architecture {arch!r}", repair=suggestion(arch, known))
    if "/" not in weights and not weights.endswith(".safetensors"):
        return _checked(OpenClipFiles(arch, _tagged(arch, weights), config, weights))
    if not weights.endswith(".safetensors") or not Path(weights).is_file():
        raise ToolMissing(f"{weights} is no safetensors file", repair="Name one: other formats can hold code.")
    return _checked(OpenClipFiles(arch, Path(weights), config))


def _tagged(arch: str, tag: str) -> Path:
    """The weights of a tag in the hub's cache."""
    tags = _tags().get(arch, {})
    if tag not in tags:
        raise ToolMissing(f"open_clip has no weights {tag!r} for {arch}", repair=suggestion(tag, tags))
    repository, _, name = tags[tag].rpartition("/")
    name = f"{Path(name).stem}.safetensors" if name else WEIGHTS[0]
    found = cached_file(repository, name)
    if not found:
        lack = f"the weights of {arch}@{tag} are not on this machine"
        raise ToolMissing(lack, repair=f"hf download {repository} {name}")
    return found


def _checked(files: OpenClipFiles) -> OpenClipFiles:
    """The files and those of the tokenizer; refuses what open_clip would ask the network for."""
    told = read_json_object(files.config)
    told = told.get("model_cfg", told)
    text, vision = told.get("text_cfg", {}), told.get("vision_cfg", {})
    if "hf_model_name" in text or ":" in (vision.get("timm_model_name") or ""):
        raise ToolMissing(f"{files.model} takes a part of itself from the hub", repair=f"{DEFAULT} does not.")
    name = text.get("hf_tokenizer_name")
    local = files.config.with_name("tokenizer.json")
    found = local if files.model.startswith(FOLDER) else cached_file(name, local.name) if name else None
    if name and not (found and found.is_file()):
        raise ToolMissing(f"the tokenizer of {files.model} is not on this machine", repair=f"hf download {name}")
    return replace(files, tokenizer=(found,)) if name and found else files


def _package() -> Path:
    """Where open_clip lies; it is not imported."""
    found = importlib.util.find_spec("open_clip")
    return Path(found.origin).parent if found and found.origin else Path()


@lru_cache(maxsize=1)
def _tags() -> Mapping[str, Mapping[str, str]]:
    """By architecture and tag, where the hub keeps weights; read from its source, since open_clip loads torch."""
    tree = ast.parse((_package() / "pretrained.py").read_text(encoding="utf-8"))
    assigned = [each for each in tree.body if isinstance(each, ast.Assign)]
    tables: dict[str, Any] = {ast.unparse(each.targets[0]): each.value for each in assigned}
    found: dict[str, dict[str, str]] = {}
    for arch, table in zip(tables["_PRETRAINED"].keys, tables["_PRETRAINED"].values, strict=True):
        for entry in tables.get(ast.unparse(table), table).keywords:
            told = {each.arg: each.value.value for each in entry.value.keywords if isinstance(each.value, ast.Constant)}
            for name in (arch.value, f"{arch.value}-quickgelu")[: 1 + bool(told.get("quick_gelu"))]:
                found.setdefault(name, {})[entry.arg] = str(told.get("hf_hub", ""))
    return found
