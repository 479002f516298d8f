"""Finds and checks models of sentence-transformers, without loading the library and without the network.

A model is a folder whose modules.json lists modules in the order in which a text runs through them. Only modules of the
library itself are accepted, and only with weights as safetensors: other classes and other weights can hold code.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from vlitqa.backends.encoders.encoder_recipe import NAME_FOLDER
from vlitqa.backends.model_files import cached_file, digest_of_folder, folder_named, refuse_partial_model, repair_for
from vlitqa.errors import ToolMissing

_LIBRARY = "sentence_transformers"
_ORGANISATION = "sentence-transformers"
"""The organisation of the hub in which the library looks for a name without one."""
_LIST, _WEIGHTS = "modules.json", "model.safetensors"
_LONGEST_NAME = 200
"""Characters of a module's folder; no file has a name much longer."""
_TRANSFORMER = "Transformer"
_WITH_WEIGHTS = ("StaticEmbedding", "Dense", "LayerNorm", "WeightedLayerPooling")
_WITHOUT_WEIGHTS = ("Pooling", "Normalize", "Dropout")


@dataclass(frozen=True, slots=True)
class SentenceModule:
    """One module of a model, and the folder that it is read from."""

    name: str
    folder: Path


@dataclass(frozen=True, slots=True)
class SentenceModelFiles:
    """The folder of a model, and its modules in their order."""

    folder: Path
    modules: tuple[SentenceModule, ...]

    def digest(self) -> str:
        """A digest that changes with every file that the model is read from, wherever its folder lies."""
        folders = dict.fromkeys((self.folder, *(module.folder for module in self.modules)))
        lines = [f"{path.relative_to(self.folder)} {digest_of_folder(path)}" for path in folders if path.is_dir()]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]

    def transformer(self) -> Path | None:
        """The folder of its Transformer module, if it has one."""
        return next((module.folder for module in self.modules if module.name == _TRANSFORMER), None)


def sentence_model_files(source: str) -> SentenceModelFiles:
    """Finds the model that a source names; raises ToolMissing where it is not whole or not safe to load."""
    folder, repair = folder_named(source), NAME_FOLDER
    if folder is None or not folder.is_dir():
        names = (source,) if "/" in source else (f"{_ORGANISATION}/{source}", source)
        if re.fullmatch(r"\w[\w.-]*(/[\w.-]+)?", source):
            repair = f"hf download {shlex.quote(names[0])}"
        cached_lists = filter(None, (cached_file(name, _LIST) for name in names))
        cached_list = None if folder else next(cached_lists, None)
        if cached_list is None:
            lack = f"{source} is neither the path of a folder nor in the Hugging Face cache"
            raise ToolMissing(lack, repair=repair if folder else repair_for(source, repair))
        folder = cached_list.parent
    if not (folder / _LIST).is_file():
        written = "Name a folder that SentenceTransformer.save_pretrained has written."
        raise ToolMissing(f"{folder} has no {_LIST}", repair=written)
    files = SentenceModelFiles(folder, _read_modules(folder))
    for module in files.modules:
        _refuse_partial_module(module, repair)
    return files


def _read_modules(folder: Path) -> tuple[SentenceModule, ...]:
    try:
        entries = json.loads((folder / _LIST).read_text(encoding="utf-8"))
        listed = [(str(entry["type"]), PurePosixPath(entry["path"])) for entry in entries]
    except (OSError, ValueError, TypeError, KeyError):
        raise ToolMissing(f"{folder / _LIST} cannot be read", repair="Fetch or mend it.") from None
    return tuple(SentenceModule(_module_name(folder, kind), _module_folder(folder, path)) for kind, path in listed)


def _module_name(folder: Path, kind: str) -> str:
    """The name of a module's class; raises ToolMissing for one that is not the library's own or cannot be checked."""
    accepted = (_TRANSFORMER, *_WITH_WEIGHTS, *_WITHOUT_WEIGHTS)
    package, name = kind.partition(".")[0], kind.rpartition(".")[2]
    if package != _LIBRARY or name not in accepted:
        raise ToolMissing(f"{folder} asks for the module {kind}", repair=f"Name a model of {_listed(accepted)} alone.")
    return name


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _module_folder(folder: Path, path: PurePosixPath) -> Path:
    if path.is_absolute() or ".." in path.parts or len(str(path)) > _LONGEST_NAME:
        place = str(path)[:_LONGEST_NAME]
        raise ToolMissing(f"{folder / _LIST} leads out of its folder ({place})", repair=NAME_FOLDER)
    return folder / path


def _refuse_partial_module(module: SentenceModule, repair: str) -> None:
    if module.name == _TRANSFORMER:
        refuse_partial_model(module.folder, repair)
    elif module.name in _WITH_WEIGHTS and not (module.folder / _WEIGHTS).is_file():
        raise ToolMissing(f"{module.folder} has no {_WEIGHTS}", repair=f"{repair}; other formats can hold code.")
