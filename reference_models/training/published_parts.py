"""The parts of which a published model is joined: folders, weights and tokenizers, refused where not whole or safe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from torch import Tensor
from transformers import LlamaConfig, PreTrainedTokenizerFast

from reference_models.published import fetch_repair
from reference_models.training.descriptions import loading_errors
from reference_models.training.model_folder import CONFIG_FILE
from reference_models.training.safe_weights import WEIGHTS_FILE, read_weights, refuse_pickles
from vlitqa.backends.model_files import cached_file, folder_named, read_json_object, refuse_foreign_parts, weights_in
from vlitqa.errors import ToolMissing

_INDEX_FILE = f"{WEIGHTS_FILE}.index.json"
_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json")
_NUMBER_TYPES = ("dtype", "torch_dtype")
"""Settings of the type of numbers that weights were saved in; here they are filled in single precision."""
_ROTARY_TABLE = "rotary_emb.inv_freq"
"""The end of the names of tables that follow from the sizes of a Llama; older versions of transformers saved them."""


def find_part(source: str, *names: str) -> Path:
    """The folder of a part: a path, or a name of the hub of which one of these files is in the cache.

    Raises ToolMissing where it is absent, an adapter, or asks for code.
    """
    folder = folder_named(source)
    if folder is None:
        cached = next(filter(None, (cached_file(source, name) for name in names)), None)
        folder = cached.parent if cached else None
    if folder is None or not folder.is_dir():
        raise ToolMissing(f"{source} is not on this machine", repair=fetch_repair(source))
    refuse_foreign_parts(folder)
    return folder


def find_weights(folder: Path, source: str, *, beginning: str = "", pickle: str = "") -> Sequence[Path]:
    """The files of the weights whose names begin so.

    Raises ToolMissing where one is absent, or has to be converted, as the pickle that the authors published.
    """
    refuse_pickles(folder, pickle)
    files = weights_in(folder) or [folder / WEIGHTS_FILE]
    if beginning and (folder / _INDEX_FILE).is_file():
        weight_map = cast(Mapping[str, str], read_json_object(folder / _INDEX_FILE)["weight_map"])
        wanted = {file for name, file in weight_map.items() if name.startswith(beginning)}
        files = [path for path in files if path.name in wanted]
    absent = next((path.name for path in files if not path.is_file()), None)
    if absent:
        raise _lack(folder, absent, fetch_repair(source) if pickle else fetch_repair(source, absent))
    return files


def read_files(files: Sequence[Path], beginning: str = "") -> dict[str, Tensor]:
    """The weights whose names begin so in all files of a part; raises UsageError where one is cut or damaged."""
    weights = {name: weight for path in files for name, weight in read_weights(path, beginning).items()}
    return {name: weight for name, weight in weights.items() if not name.endswith(_ROTARY_TABLE)}


def read_config(folder: Path, source: str) -> Mapping[str, Any]:
    """The configuration of a part; raises ToolMissing where it has none."""
    if not (folder / CONFIG_FILE).is_file():
        raise _lack(folder, CONFIG_FILE, fetch_repair(source, CONFIG_FILE))
    return without_number_type(read_json_object(folder / CONFIG_FILE))


def without_number_type(config: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration without the type of numbers that weights were saved in."""
    return {name: value for name, value in config.items() if name not in _NUMBER_TYPES}


def read_llama_config(folder: Path, source: str) -> LlamaConfig:
    """The sizes of a Llama; raises ToolMissing where the part is another model."""
    config = read_config(folder, source)
    if config.get("model_type") != "llama":
        raise ToolMissing(f"{source} is no Llama", repair="Name a Llama in the layout of transformers.")
    with loading_errors(source):
        return LlamaConfig.from_dict(dict(config))


def load_llama_tokenizer(folder: Path, source: str) -> PreTrainedTokenizerFast:
    """The tokenizer of a Llama, which pads with its token for unknown words where it has none for that."""
    if not (folder / _TOKENIZER_FILES[0]).is_file():
        raise _lack(folder, _TOKENIZER_FILES[0], fetch_repair(source, *_TOKENIZER_FILES))
    with loading_errors(source):
        tokenizer = cast(
            PreTrainedTokenizerFast, PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)
        )
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.unk_token
    if tokenizer.pad_token is None:
        raise ToolMissing(f"the tokenizer in {folder} has no <unk>", repair=fetch_repair(source, *_TOKENIZER_FILES))
    return tokenizer


def _lack(folder: Path, name: str, repair: str) -> ToolMissing:
    return ToolMissing(f"{folder} has no {name}", repair=repair)
