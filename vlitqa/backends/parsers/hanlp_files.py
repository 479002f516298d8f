"""Where HanLP keeps its models, and what lies in them; read without importing HanLP, which takes seconds."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from vlitqa.backends.model_files import cached_file, digest_of_file

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

_ADDRESS = "https://file.hankcs.com/hanlp/"
_NOT_READ = {".safetensors", ".bin", ".h5", ".msgpack"}
"""Weights beside a tokenizer: HanLP takes all weights from its own model.pt."""
_CONFIG_BYTES = 1_000_000


def cached(name: str) -> Path:
    """Where HanLP puts what it downloads."""
    return Path(os.environ.get("HANLP_HOME") or Path.home() / ".hanlp") / name


def address_of(name: str) -> str:
    return f"{os.environ.get('HANLP_URL') or _ADDRESS}{name}.zip"


def config_of(folder: Path) -> dict[str, Any]:
    """The configuration of a model; ValueError or OSError where the folder holds none."""
    path = folder / "config.json"
    if not path.is_file():
        raise ValueError("config.json is missing")
    if not (folder / "model.pt").is_file():
        raise ValueError("model.pt is missing")
    if path.stat().st_size > _CONFIG_BYTES:
        raise ValueError("config.json is too large")
    config = json.loads(path.read_text(encoding="utf-8"))
    encoder = config.get("encoder") if isinstance(config, dict) else None
    if not isinstance(encoder, dict) or not isinstance(encoder.get("transformer"), str):
        raise ValueError("config.json describes no multi-task model")
    return cast("dict[str, Any]", config)


def foreign_class(config: object) -> str:
    """A class outside HanLP that the configuration would make; empty if there is none.

    HanLP imports and calls whatever stands there.
    """
    if isinstance(config, dict):
        named = config.get("classpath", "hanlp.")
        if not isinstance(named, str) or not named.startswith("hanlp."):
            return str(named)
    children = config.values() if isinstance(config, dict) else config if isinstance(config, list) else ()
    return next((found for child in children if (found := foreign_class(child))), "")


def transformer_folders(config: Mapping[str, Any]) -> tuple[Path, ...]:
    """Where the tokenizer and the sizes of the encoder lie; empty if something would have to be downloaded."""
    name: str = config["encoder"]["transformer"]
    if name in TRANSFORMERS:
        folders = tuple(map(cached, TRANSFORMERS[name]))
        return folders if all(folder.is_dir() for folder in folders) else ()
    if Path(name).is_dir():
        return (Path(name),)
    found = cached_file(name, "config.json")
    return (found.parent,) if found else ()


def digest_of(folders: Sequence[Path]) -> str:
    """Changes whenever a file of these folders does that HanLP reads."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix not in _NOT_READ:
                digest.update(f"{path.name} {digest_of_file(path)}\n".encode())
    return digest.hexdigest()[:16]
