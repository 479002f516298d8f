"""Names of ImageBind-LLM's weights: in the published files, which hold a Llama in Meta's layout, and here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from reference_models.imagebind_llm.rotary import to_half_split, to_interleaved
from vlitqa.errors import UsageError

_LINEAR: Sequence[tuple[str, str, str]] = (
    ("attention", "wq", "self_attn.q_proj"),
    ("attention", "wk", "self_attn.k_proj"),
    ("attention", "wv", "self_attn.v_proj"),
    ("attention", "wo", "self_attn.o_proj"),
    ("feed_forward", "w1", "mlp.gate_proj"),
    ("feed_forward", "w2", "mlp.down_proj"),
    ("feed_forward", "w3", "mlp.up_proj"),
)
"""The linear layers of a layer: their part of it and their name in Meta's layout, and their name here."""
_LACKING = ("wk.bias", "wv.bias")
_NAMES: Mapping[str, str] = {
    "tok_embeddings.weight": "model.embed_tokens.weight",
    "norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
    "layers.#.attention_norm.weight": "model.layers.#.input_layernorm.weight",
    "layers.#.ffn_norm.weight": "model.layers.#.post_attention_layernorm.weight",
    **{
        f"layers.#.{part}.{theirs}": f"model.layers.#.{ours}"
        for part, name, layer in _LINEAR
        for theirs, ours in (
            (f"{name}.weight", f"{layer}.weight"),
            (f"{name}.bias", f"{layer}.bias"),
            (f"lora_{name}_l1.weight", f"{layer}.lora_a"),
            (f"lora_{name}_l2.weight", f"{layer}.lora_b"),
        )
        if theirs not in _LACKING
    },
}
"""Names of a Llama's weights in both layouts; # is the number of a layer."""
_NAMES_HERE: Mapping[str, str] = {ours: theirs for theirs, ours in _NAMES.items()}
_TURNED = re.compile(r"self_attn\.[qk]_proj\.(?:weight|bias|lora_b)$")
"""The weights whose rows rotary embeddings turn in pairs."""
_BIND = re.compile(r"image_bind_(?:proj\.(?:weight|bias)|norm_[1-3]\.weight|f[123]_[1-3]\.weight)")
_OLD_BIND = re.compile(r"image_bind_(?:norm|f[123])_[1-3]\.bias")
_LEFT_OUT = re.compile(r"image_bind\.|(?:llama\.)?rope\.freqs$")
"""The encoders, and a table of numbers that follow from the sizes."""
_GATE = re.compile(r"layers\.(\d+)\.attention\.gate")
_LLAMA, _PREFIX, _GATES = "llama.", "prefix_query.weight", "injection.gates"


def from_published(weights: Mapping[str, Tensor], head_width: int) -> dict[str, Tensor]:
    """Weights of a published file, or of Meta's file of a Llama, under the names of `BoundLanguageModel`.

    Raises UsageError for weights that it has no room for.
    """
    renamed: dict[str, Tensor] = {}
    gates: dict[int, Tensor] = {}
    for full_name, weight in weights.items():
        name = re.sub(r"^llma\.", _LLAMA, full_name)  # so spelled in older files
        if _LEFT_OUT.match(name):
            continue
        gate = _GATE.fullmatch(name.removeprefix(_LLAMA))
        if gate:
            gates[int(gate[1])] = weight.flatten()  # (heads,)
        else:
            ours = _name_here(name)
            renamed[ours] = _turn(full_name, weight, head_width) if _TURNED.search(ours) else weight
    if gates:
        renamed[_GATES] = _stack_gates(gates)  # (layers, heads)
    return renamed


def to_published(weights: Mapping[str, Tensor], head_width: int) -> dict[str, Tensor]:
    """Weights of `BoundLanguageModel` under the published names; raises UsageError where there are none for them."""
    published: dict[str, Tensor] = {}
    for name, weight in weights.items():
        if name == _GATES:
            if weight.ndim != 2:
                message = "the form of the paper has one gate for each layer, and published weights one for each head"
                raise UsageError(message, repair="Save this model in the layout of vlitqa.")
            for layer, gate in enumerate(weight):
                published[f"{_LLAMA}layers.{layer}.attention.gate"] = gate.view(1, -1, 1, 1)
        else:
            turned = to_interleaved(weight, head_width) if _TURNED.search(name) else weight
            published[_published_name(name)] = turned
    return published


def llama_of(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights of the Llama alone, under the names that transformers gives them."""
    beginning = "language_model."
    return {name.removeprefix(beginning): weight for name, weight in weights.items() if name.startswith(beginning)}


def _name_here(name: str) -> str:
    if _BIND.fullmatch(name):
        return f"bind_network.{name}"
    if name == _PREFIX:
        return f"injection.{name}"
    if _OLD_BIND.fullmatch(name):
        message = f"the bind network has {name}: it is one of before it got RMSNorm, which is computed in another way"
        raise UsageError(message, repair="Name a later file.")
    renamed = _translated(name.removeprefix(_LLAMA), _NAMES)
    if renamed is None:
        raise UsageError(f"no ImageBind-LLM has the weight {name}", repair="Name a published file, or Meta's Llama.")
    return f"language_model.{renamed}"


def _turn(name: str, weight: Tensor, head_width: int) -> Tensor:
    """A weight whose rows are turned in pairs; raises UsageError where they make no whole heads.

    # (heads * head width, …)
    """
    if len(weight) % head_width:
        message = f"{name} has {len(weight)} rows, which are no whole heads of {head_width}"
        raise UsageError(message, repair="Name the files of one model.")
    return to_half_split(weight, head_width)


def _published_name(name: str) -> str:
    last = re.sub(r"^(?:bind_network|injection)\.", "", name)
    if last != name and (last == _PREFIX or _BIND.fullmatch(last)):
        return last
    renamed = _translated(name.removeprefix("language_model."), _NAMES_HERE)
    if renamed is None:
        message = f"the published layout has no room for {name}"
        raise UsageError(message, repair="Save this model in the layout of vlitqa.")
    return f"{_LLAMA}{renamed}"


def _translated(name: str, names: Mapping[str, str]) -> str | None:
    """The name in the other layout, or None without one."""
    number = re.search(r"\blayers\.(\d+)\.", name)
    if number is None:
        return names.get(name)
    other = names.get(name.replace(number[0], "layers.#.", 1))
    return None if other is None else other.replace("#", number[1])


def _stack_gates(gates: Mapping[int, Tensor]) -> Tensor:
    """The gates of all layers; raises UsageError where some are lacking or have other heads.  # (layers, heads)"""
    lacking = next((layer for layer in range(max(gates)) if layer not in gates), None)
    if lacking is not None:
        raise UsageError(f"the gate of layer {lacking} is lacking", repair="Name a whole file.")
    if len({gate.shape for gate in gates.values()}) > 1:
        raise UsageError("layers have gates of different numbers of heads", repair="Name a whole file.")
    return torch.stack([gates[layer] for layer in sorted(gates)])
