"""Finds and reads HanLP's model folders without importing HanLP, which takes seconds."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from vlitqa.backends.model_files import cached_file, digest_of_file, exists
from vlitqa.storage.places import home_folder

DEFAULT_MODEL = "mtl/ud_ontonotes_tok_pos_lem_fea_ner_srl_dep_sdp_con_mMiniLMv2L6_no_space_20220731_161526"
"""UD_ONTONOTES_TOK_POS_LEM_FEA_NER_SRL_DEP_SDP_CON_MMINILMV2L6."""
LICENCE = "its weights are CC BY-NC-SA 4.0, so not for commercial use"
TRANSFORMERS: Mapping[str, tuple[str, str]] = {
    "mMiniLMv2L6-no-space": (
        "transformers/mMiniLMv2L6-no-space-tokenizer_20220616_094859",
        "transformers/mMiniLMv2L6-no-space_20220616_094949",
    ),
    "mMiniLMv2L12-no-space": (
        "transformers/mMiniLMv2L12-no-space-tokenizer_20220616_095900",
        "transformers/mMiniLMv2L12-no-space_20220616_095924",
    ),
    "xlm-roberta-base-no-space": (
        "transformers/xlm-roberta-base-no-space-tokenizer_20220610_204241",
        "transformers/xlm-roberta-base-no-space_20220610_203944",
    ),
}
"""HanLP's own tokenizers and encoders by the name in a model's configuration; other names are folders or of the hub.

Of the encoder only the sizes are read, yet HanLP downloads it where it is not.
"""

_DOWNLOADS = "https://file.hankcs.com/hanlp/"
_UNREAD_ENDINGS = {".safetensors", ".bin", ".h5", ".msgpack"}
"""Weights beside a tokenizer: HanLP takes all weights from its own model.pt."""
_LARGEST_CONFIG = 1_000_000


def cached_model(name: str) -> Path:
    """The path to which HanLP downloads a model or a part of one."""
    return Path(os.environ.get("HANLP_HOME") or home_folder() / ".hanlp") / name


def download_url_of(name: str) -> str:
    """The address from which HanLP downloads a model."""
    return f"{os.environ.get('HANLP_URL') or _DOWNLOADS}{name}.zip"


def config_of(folder: Path) -> dict[str, Any]:
    """Reads the configuration of a model; raises ValueError or OSError where the folder holds none."""
    path = folder / "config.json"
    if not path.is_file():
        raise ValueError("config.json is missing")
    if not (folder / "model.pt").is_file():
        raise ValueError("model.pt is missing")
    if path.stat().st_size > _LARGEST_CONFIG:
        raise ValueError("config.json is too large")
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise ValueError("config.json is nested too deeply") from None
    encoder = config.get("encoder") if isinstance(config, dict) else None
    is_multi_task = isinstance(encoder, dict) and isinstance(encoder.get("transformer"), str)
    if not is_multi_task or not isinstance(config.get("task_names", []), list):
        raise ValueError("config.json describes no multi-task model")
    return cast("dict[str, Any]", config)


def transformer_folders(config: Mapping[str, Any]) -> tuple[Path, ...]:
    """The folders of the encoder's tokenizer and sizes; empty if one of them would have to be downloaded."""
    name: str = config["encoder"]["transformer"]
    if name in TRANSFORMERS:
        folders = tuple(map(cached_model, TRANSFORMERS[name]))
        return folders if all(folder.is_dir() for folder in folders) else ()
    if Path(name).is_absolute():
        return (Path(name),) if exists(Path(name, "config.json")) else ()
    config_file = None if exists(Path(name)) else cached_file(name, "config.json")  # HanLP would open that path
    return (config_file.parent,) if config_file else ()


def digest_of_model(folder: Path, encoder_folders: Sequence[Path]) -> str:
    """A digest that changes with every file that HanLP reads: what lies below the encoder's files is not read."""
    digest = hashlib.sha256()
    for path in (*sorted(folder.rglob("*")), *(path for part in encoder_folders for path in sorted(part.iterdir()))):
        if path.is_file() and path.suffix not in _UNREAD_ENDINGS:
            digest.update(f"{path.name} {digest_of_file(path)}\n".encode())
    return digest.hexdigest()[:16]
