"""Recipes of sentence encoders: the files of a model, and how its output becomes one vector for a text."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vlitqa.backends.model_files import arithmetic, digest_of_file, refuse_foreign_parts
from vlitqa.contracts.tools import Lack
from vlitqa.errors import ToolMissing

if TYPE_CHECKING:
    from torch import Tensor
    from transformers.modeling_outputs import BaseModelOutputWithPooling

MEAN, FIRST, POOLER = "mean", "cls_before_pooler", "pooler_output"
"""The kinds of pooling: the mean of all tokens, the first token, or the first token behind the model's pooler."""
INSTALL, NAME_FOLDER = "pip install 'vlitqa[models]'", "Name the path of a folder that holds the model."
_WEIGHTS, _VOCABULARIES = "model.safetensors", ("tokenizer.json", "vocab.txt", "vocab.json")
_FILES = ("config.json", _WEIGHTS, *_VOCABULARIES, "merges.txt", "tokenizer_config.json", "special_tokens_map.json")
"""The files on which the vectors of a model depend."""
_CONVERT = """python -c "from transformers import AutoModel as M, AutoTokenizer as T; \
[part.from_pretrained('{}').save_pretrained('converted') for part in (M, T)]", then name the folder `./converted`"""


_NO_FOLDER = Lack("there is no such folder", NAME_FOLDER)


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderRecipe:
    """The folder of a model, the kind of pooling, and the length of the texts it reads."""

    folder: Path | None
    pooling: str
    max_tokens: int
    """The most tokens of a text that are read, its start and end token included."""
    lack: Lack = _NO_FOLDER
    """What is lacking where there is no folder."""

    def missing(self) -> Lack | None:
        """Returns what the model lacks here."""
        absent = [package for package in ("torch", "transformers") if importlib.util.find_spec(package) is None]
        if absent:
            return Lack(f"the package {absent[0]} is not installed", INSTALL)
        if self.folder is None or not self.folder.is_dir():
            return self.lack
        try:
            refuse_foreign_parts(self.folder)
        except ToolMissing as error:
            return Lack(error.message, error.repair)
        files = {file for file in _FILES if (self.folder / file).is_file()}
        if "config.json" not in files or not files.intersection(_VOCABULARIES):
            absent_file = "vocabulary" if "config.json" in files else "config.json"
            return Lack(f"{self.folder} has no {absent_file}", NAME_FOLDER)
        return None if _WEIGHTS in files else Lack(f"{self.folder} has no {_WEIGHTS}", _CONVERT.format(self.folder))

    def fingerprint(self) -> str:
        """Names the files, the pooling, the length, the arithmetic and the libraries."""
        paths = [self.folder / file for file in _FILES] if self.folder else []
        digests = [f"{path.name} {digest_of_file(path)}" for path in paths if path.is_file()]
        files = hashlib.sha256("\n".join(digests).encode()).hexdigest()[:16]
        libraries = (f"{name}={version(name)}" for name in ("torch", "transformers", "tokenizers"))
        return " ".join((files, self.pooling, f"room={self.max_tokens}", arithmetic().replace(" ", "-"), *libraries))


def refuse_missing_weights(recipe: EncoderRecipe, info: Mapping[str, Any]) -> None:
    """Raises ToolMissing for weights that are not in their file: transformers has drawn them at random."""
    absent = sorted(key for key in info["missing_keys"] if recipe.pooling == POOLER or "pooler" not in key)
    if absent:
        raise ToolMissing(f"{recipe.folder}: the weights lack {absent[0]}", repair=NAME_FOLDER)


def pool(output: BaseModelOutputWithPooling, mask: Tensor, pooling: str) -> Tensor:
    """Pools the output of a model into one vector for each text, in single precision.  # (texts, width)"""
    states = output.pooler_output if pooling == POOLER else output.last_hidden_state
    assert states is not None, "a model without a pooler is refused when it is loaded"
    if pooling == POOLER:
        return states.float()  # (texts, width)
    if pooling == FIRST:
        return states[:, 0].float()  # (texts, width)
    weights = mask[:, :, None].float()  # (texts, tokens, 1)
    return (states.float() * weights).sum(1) / weights.sum(1)  # (texts, width)
