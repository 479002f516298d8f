"""A Llama of transformers whose layers take the features that are injected as an argument of the call."""

from __future__ import annotations

from typing import Any, cast

from torch import Tensor
from torch.nn import Module
from transformers import AttentionInterface, AttentionMaskInterface, Cache, LlamaConfig, LlamaForCausalLM
from transformers.modeling_outputs import CausalLMOutputWithPast
from transformers.models.llama.modeling_llama import LlamaAttention, LlamaDecoderLayer

from reference_models.imagebind_llm.injection import InjectedFeatures
from reference_models.training.attention import DocumentSpans, attend_packed

_ATTENTION = "packed_documents_with_injection"


class InjectedLlama(LlamaForCausalLM):  # type: ignore[no-untyped-call]
    """A Llama that also takes `injection=…`; without it, and with gates at zero, it is the plain one.

    It reads packed documents with `documents=DocumentSpans.of(batch)`; no text that it reads without may be padded.
    """

    def __init__(self, config: LlamaConfig) -> None:
        super().__init__(config)
        config._attn_implementation = _ATTENTION
        for layer in self.model.layers:
            layer.register_forward_pre_hook(_add_to_states, with_kwargs=True)

    def forward(  # noqa: PLR0913 - what transformers hands over, by the names that `generate` looks for
        self,
        input_ids: Tensor | None = None,  # (rows, tokens)
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,  # (rows, tokens)
        past_key_values: Cache | None = None,
        logits_to_keep: int | Tensor = 0,
        injection: InjectedFeatures | None = None,
        documents: DocumentSpans | None = None,
        **others: Any,
    ) -> CausalLMOutputWithPast:
        """The logits of all tokens, or of the last so many."""
        output = super().forward(
            input_ids,
            attention_mask=attention_mask,
            position_ids=position_ids,
            past_key_values=past_key_values,
            logits_to_keep=logits_to_keep,
            **cast(Any, {"injection": injection, "documents": documents, **others}),  # handed on to the layers
        )
        return cast(CausalLMOutputWithPast, output)


def _add_to_states(
    layer: Module, arguments: tuple[Any, ...], others: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """The arguments of a layer, with the states changed by what is injected before it."""
    injection: InjectedFeatures | None = others.get("injection")
    if injection is None:
        return None
    states, *rest = arguments
    number = cast(LlamaDecoderLayer, layer).self_attn.layer_idx
    return (injection.add_to_states(number, states), *rest), others


def _attend_and_inject(  # noqa: PLR0913 - what transformers hands to every attention
    module: LlamaAttention,
    query: Tensor,  # (rows, heads, tokens, width)
    key: Tensor,  # (rows, fewer heads, tokens, width)
    value: Tensor,  # (rows, fewer heads, tokens, width)
    attention_mask: Tensor | None,
    injection: InjectedFeatures | None = None,
    **others: Any,
) -> tuple[Tensor, None]:
    """What each token reads from those that it sees, and what is injected.  # (rows, tokens, heads, width)"""
    read, _ = attend_packed(module, query, key, value, attention_mask, **others)
    if injection is not None:
        read = injection.add_to_read(module, read)  # (rows, tokens, heads, width)
    return read, None


def _no_mask(*_: object, **__: object) -> None:
    """Documents need none; and a prompt alone sees all that is before it."""


AttentionInterface.register(_ATTENTION, _attend_and_inject)
AttentionMaskInterface.register(_ATTENTION, _no_mask)
