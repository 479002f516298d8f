"""Loads a published OpenFlamingo: what the original trained, over its language model and its tower."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from torch import Tensor
from transformers import (
    AutoTokenizer,
    CLIPVisionConfig,
    CLIPVisionModel,
    OPTConfig,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
)

from reference_models.openflamingo.assembly import (
    FlamingoConfig,
    add_new_tokens,
    first_token_of,
    fit_table,
    make_empty_network,
    side_of,
)
from reference_models.openflamingo.gated_attention import GateShape
from reference_models.openflamingo.key_map import OUR_TABLES, OriginalNames, from_language_model, layers_between_gates
from reference_models.openflamingo.model import OpenFlamingo
from reference_models.openflamingo.mpt import MptShape
from reference_models.published import PARTS
from reference_models.training.descriptions import loading_errors
from reference_models.training.model_folder import CONFIG_FILE
from reference_models.training.pictures import clip_scaler
from reference_models.training.published_parts import find_part, find_weights, read_files
from reference_models.training.safe_weights import WEIGHTS_FILE, fill_network, read_weights
from vlitqa.backends.model_files import read_json_object
from vlitqa.errors import ToolMissing

_PICKLE_FILE = "checkpoint.pt"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedParts:
    """The three checkpoints that make a published OpenFlamingo, each a folder or a name of the hub; the 3B's first."""

    trained: str = PARTS["openflamingo"][0]
    language_model: str = PARTS["openflamingo"][1]
    tower: str = PARTS["openflamingo"][2]


def load_published(parts: PublishedParts) -> OpenFlamingo:
    """Joins what the original's file trained with its language model and its tower."""
    trained_folder = find_part(parts.trained, WEIGHTS_FILE, _PICKLE_FILE)
    trained_files = find_weights(trained_folder, parts.trained, pickle=_PICKLE_FILE)
    language_folder, tower_folder = find_part(parts.language_model, CONFIG_FILE), find_part(parts.tower, CONFIG_FILE)
    language_files = find_weights(language_folder, parts.language_model)
    find_weights(tower_folder, parts.tower)
    tower = _load_tower(tower_folder)
    with loading_errors(parts.language_model):
        tokenizer = _load_tokenizer(language_folder)
    trained = read_files(trained_files)
    gates = GateShape(every=layers_between_gates(list(trained)) or 1)
    config = config_of_parts(tower.config, read_json_object(language_folder / CONFIG_FILE), tokenizer, gates)
    names = OriginalNames(language=config.language, every=gates.every, new_tokens=config.new_tokens)
    weights = {f"vision_encoder.{name}": weight for name, weight in tower.state_dict().items()}
    weights |= _language_weights(language_files, config.language, len(tokenizer)) | names.from_original(trained)
    network = make_empty_network(config)
    fill_network(network, weights, trained_folder)
    return OpenFlamingo(network=network.eval(), tokenizer=tokenizer, config=config)


def config_of_parts(
    vision: CLIPVisionConfig, language: Mapping[str, Any], tokenizer: PreTrainedTokenizerBase, gates: GateShape
) -> FlamingoConfig:
    """What a published OpenFlamingo is made of; adds its tokens to the tokenizer of its language model."""
    first_token, new_tokens = first_token_of(tokenizer), add_new_tokens(tokenizer)
    is_opt = language.get("model_type") == "opt"
    opt = {**OPTConfig.from_dict(dict(language)).to_dict(), "vocab_size": len(tokenizer)} if is_opt else None
    return FlamingoConfig(
        vision=vision.to_dict(),
        language="opt" if is_opt else "mpt",
        opt=opt,
        mpt=None if is_opt else mpt_shape_of(language, len(tokenizer)),
        gates=gates,
        new_tokens=new_tokens,
        pictures=clip_scaler(side_of(vision), "crop"),
        first_token=first_token,
    )


def mpt_shape_of(config: Mapping[str, Any], vocabulary_size: int) -> MptShape:
    """The sizes in the config.json of an MPT or a MosaicGPT, which keeps those of its attention beside all others."""
    attention = {
        "alibi": config.get("alibi", True),
        "qk_ln": config.get("attn_qk_ln", False),
        "alibi_bias_max": config.get("alibi_bias_max", 8),
        **(config.get("attn_config") or {}),
    }
    if not attention["alibi"]:
        raise ToolMissing("this MPT has learned positions, and not ALiBi", repair="Name another language model.")
    if attention.get("clip_qkv"):
        raise ToolMissing("this MPT clips its queries, which ours does not", repair="Name another language model.")
    return MptShape(
        vocabulary_size=vocabulary_size,
        width=config["d_model"],
        heads=config["n_heads"],
        layers=config["n_layers"],
        context_length=config["max_seq_len"],
        expansion=config.get("mlp_ratio") or config.get("expansion_ratio", 4),
        has_qk_norm=attention["qk_ln"],
        steepest_bias=attention["alibi_bias_max"],
    )


def _load_tower(folder: Path) -> CLIPVisionModel:
    load = cast(Callable[..., tuple[CLIPVisionModel, Mapping[str, set[str]]]], CLIPVisionModel.from_pretrained)
    with loading_errors(str(folder)):
        tower, info = load(folder, use_safetensors=True, local_files_only=True, output_loading_info=True)
    if info["missing_keys"]:  # transformers has drawn them at random
        raise ToolMissing(f"{folder} lacks {min(info['missing_keys'])}", repair="Name a CLIP of transformers.")
    return tower


def _load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer in a folder, without a look at its config.json, which may name a model that only code knows."""
    is_whole = (folder / "tokenizer.json").is_file()
    load = cast(
        Callable[..., PreTrainedTokenizerBase],
        PreTrainedTokenizerFast.from_pretrained if is_whole else AutoTokenizer.from_pretrained,
    )
    return load(folder, local_files_only=True, trust_remote_code=False)


def _language_weights(files: Sequence[Path], language: Literal["opt", "mpt"], tokens: int) -> dict[str, Tensor]:
    weights: dict[str, Tensor] = {}
    for path in files:
        weights |= from_language_model(read_weights(path), language)
    table = OUR_TABLES[language]
    return {**weights, table: fit_table(weights[table], tokens)}
