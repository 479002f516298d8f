"""Names of weights: in the files of the original code, in those of its language models, and here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from reference_models.openflamingo.assembly import NewTokens

_LAYERS = {"opt": "lang_encoder.model.decoder.layers", "mpt": "lang_encoder.transformer.blocks"}
_TABLES = {"opt": "lang_encoder.model.decoder.embed_tokens.weight", "mpt": "lang_encoder.transformer.wte.weight"}
OUR_TABLES = {"opt": "language_model.decoder.embed_tokens.weight", "mpt": "language_model.wte.weight"}
_LANGUAGE_MODELS = {
    "opt": (r"^(?:model\.)?decoder\.", "language_model.decoder."),
    "mpt": (r"^transformer\.", "language_model."),
}
_MOSAIC_TO_MPT = (
    (r"\.ln_(?=[12f]\.)", ".norm_"),
    (r"\.mlp\.mlp_(up|down)\.", r".ffn.\1_proj."),
)
"""MosaicGPT, as MPT-1B was published, has other names than MPT."""
_MPT_TO_MOSAIC = (
    (r"\.norm_(?=[12f]\.)", ".ln_"),
    (r"\.ffn\.(up|down)_proj\.", r".mlp.mlp_\1."),
)
_HEAD = "lm_head.weight"
"""The head of a language model is its table of embeddings once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalNames:
    """What the names of the original's files depend on."""

    language: Literal["opt", "mpt"]
    every: int
    """A gated layer stands before every so many layers."""
    new_tokens: NewTokens

    def from_original(self, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What a file of the original trained, under our names: resampler, gated layers, and embeddings."""
        named = dict(self._names_from_original(weights))
        table = named.get(OUR_TABLES[self.language])
        if table is not None:
            named["new_token_rows"] = table[self._new_rows()].clone()  # (new, width)
        return named

    def to_original(self, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What the original would save of these weights: all that it trains, and no language model or tower."""
        original = {name: weight for name, weight in weights.items() if name.startswith("perceiver.")}
        for name, weight in weights.items():
            if gate := re.match(r"gated_layers\.(\d+)\.(.*)", name):
                layer = (int(gate[1]) + 1) * self.every - 1
                original[f"{_LAYERS[self.language]}.{layer}.gated_cross_attn_layer.{gate[2]}"] = weight
        table = weights[OUR_TABLES[self.language]].clone()  # (tokens, width)
        table[self._new_rows()] = weights["new_token_rows"]
        original[_TABLES[self.language]] = table
        return original

    def _new_rows(self) -> list[int]:
        return [self.new_tokens.end_of_chunk, self.new_tokens.image]

    def _names_from_original(self, weights: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
        pattern = re.compile(re.escape(_LAYERS[self.language]) + r"\.(\d+)\.gated_cross_attn_layer\.(.*)")
        for full_name, weight in weights.items():
            name = full_name.removeprefix("module.")  # of a training checkpoint
            if name.startswith("perceiver."):
                yield name, weight
            elif name == _TABLES[self.language]:
                yield OUR_TABLES[self.language], weight
            elif gate := pattern.fullmatch(name):
                yield f"gated_layers.{(int(gate[1]) + 1) // self.every - 1}.{gate[2]}", weight


def layers_between_gates(names: Sequence[str]) -> int:
    """A gated layer stands before every so many layers, as the names of the original's file say; 0 if none does."""
    layers = [int(number) for name in names for number in re.findall(r"\.(\d+)\.gated_cross_attn_layer\.", name)]
    return min(layers) + 1 if layers else 0


def from_language_model(weights: Mapping[str, Tensor], language: Literal["opt", "mpt"]) -> dict[str, Tensor]:
    """Weights of an OPT, an MPT or a MosaicGPT under our names."""
    pattern, beginning = _LANGUAGE_MODELS[language]
    rules = ((pattern, beginning), *(_MOSAIC_TO_MPT if language == "mpt" else ()))
    return {_renamed(name, rules): weight for name, weight in weights.items() if name != _HEAD}


def to_language_model(
    weights: Mapping[str, Tensor], language: Literal["opt", "mpt"], *, is_mosaic: bool = False
) -> dict[str, Tensor]:
    """Our language model under the names of OPT, of MPT, or of MosaicGPT."""
    beginning = "transformer." if language == "mpt" else "model."
    rules = ((r"^language_model\.", beginning), *(_MPT_TO_MOSAIC if is_mosaic else ()))
    return {_renamed(name, rules): weight for name, weight in weights.items() if name.startswith("language_model.")}


def _renamed(name: str, rules: Sequence[tuple[str, str]]) -> str:
    for pattern, replacement in rules:
        name = re.sub(pattern, replacement, name)
    return name
