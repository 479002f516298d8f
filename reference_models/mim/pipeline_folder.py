"""Finds pipelines of diffusers on this machine, and refuses what is partial, of another kind, or could hold code."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vlitqa.backends.model_files import cached_file, folder_named, read_json_object, refuse_foreign_parts, repair_for
from vlitqa.errors import ToolMissing

STABLE_DIFFUSION, STABLE_DIFFUSION_XL = "StableDiffusionPipeline", "StableDiffusionXLPipeline"
REFINER, STABLE_UNCLIP = "StableDiffusionXLImg2ImgPipeline", "StableUnCLIPImg2ImgPipeline"
"""The kinds of pipelines that are read, as diffusers names them."""
_INDEX = "model_index.json"
_LIBRARIES = ("diffusers", "transformers", "stable_diffusion")
"""Where the parts of a pipeline come from; diffusers would import any other module that the index names."""
_CHOOSING = re.compile(r"Auto[A-Z]\w*")
"""Classes that look for another one, which may be code in the folder."""
_WEIGHT_INDEX, _WEIGHTS = "*.safetensors.index*.json", re.compile(r"[\w.-]+\.safetensors")
_HALF = "fp16"
"""In the names of files of half precision, which lie beside the others or in their place."""


@dataclass(frozen=True, slots=True)
class PipelineFolder:
    """A folder with a whole pipeline, and its kind."""

    path: Path
    kind: str
    variant: str | None
    """In the names of its weights, where there are no others."""


def find_pipeline(source: str, kinds: Sequence[str]) -> PipelineFolder:
    """Finds a pipeline of some kinds, by its folder or in the cache of the hub; raises ToolMissing where none is."""
    folder, repair = folder_named(source), "Name a folder with a whole pipeline of diffusers."
    if folder is None or not folder.is_dir():
        index = None if folder else cached_file(source, _INDEX)
        if index is None:
            lack = f"the diffusion model {source} is neither the path of a folder nor in the cache of the hub"
            fetch = f"hf download {shlex.quote(source)}, or name the path of a folder."
            raise ToolMissing(lack, repair=repair if folder else repair_for(source, fetch))
        folder, repair = index.parent, f"hf download {shlex.quote(source)}"
    if not (folder / _INDEX).is_file():
        raise ToolMissing(f"{folder} is no pipeline of diffusers: it has no {_INDEX}", repair=repair)
    kind = read_json_object(folder / _INDEX).get("_class_name")
    if not isinstance(kind, str) or kind not in kinds:
        raise ToolMissing(f"{folder} holds {kind!r} and not {' or '.join(kinds)}", repair="Name another pipeline.")
    parts = [folder / name for name in _parts_in(folder)]
    variants = [_check_part(part, repair) for part in parts]
    return PipelineFolder(folder, kind, _HALF if _HALF in variants else None)


def _parts_in(folder: Path) -> Iterator[str]:
    """The names of the parts of a pipeline, which are those of their folders."""
    for name, value in read_json_object(folder / _INDEX).items():
        if not isinstance(value, list) or value[:1] == [None]:
            continue
        library, class_name = map(str, value) if len(value) == 2 else ("", "")
        if library not in _LIBRARIES or _CHOOSING.fullmatch(class_name) or not re.fullmatch(r"\w+", name):
            message = f"{folder / _INDEX} asks for the {name} {library}.{class_name}, which could be code"
            raise ToolMissing(message, repair="Name a pipeline whose parts are those of diffusers and transformers.")
        yield name


def _check_part(part: Path, repair: str) -> str | None:
    """The variant of the weights that a part has; raises ToolMissing for one that is not whole, or not safe to load."""
    if not part.is_dir():
        raise ToolMissing(f"{part.parent} has no {part.name}", repair=repair)
    if not (part / "config.json").is_file():  # a tokenizer, a scheduler: they have no weights
        return None
    refuse_foreign_parts(part)
    weights = _weights_in(part)
    if not weights:
        raise ToolMissing(f"{part} has no safetensors", repair=f"{repair}; other formats can hold code.")
    absent = next((name for name in weights if not (part / name).is_file()), None)
    if absent:
        raise ToolMissing(f"{part} has no {absent}", repair=repair)
    return _HALF if all(f".{_HALF}" in name for name in weights) else None


def _weights_in(part: Path) -> Sequence[str]:
    """The names of the weight files that a part has, or says that it has."""
    names = {path.name for path in part.glob("*.safetensors")}
    for index in sorted(part.glob(_WEIGHT_INDEX)):
        weight_map = read_json_object(index).get("weight_map")
        listed = set(map(str, weight_map.values())) if isinstance(weight_map, dict) else {""}
        foreign = [name for name in sorted(listed) if not _WEIGHTS.fullmatch(name)]
        if foreign:
            repair = "Only safetensors beside it are read: other formats can hold code."
            raise ToolMissing(f"{index} lists {foreign[0]!r}", repair=repair)
        names |= listed
    return sorted(names)
